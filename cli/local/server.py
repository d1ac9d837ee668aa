"""Start MiniStack on this machine, and stop it so that it keeps its state."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

from cli.local.errors import LocalCloudError, StartFailed, ToolMissing
from cli.local.places import Places
from cli.local.process import is_running, start_mark, terminate
from cli.local.record import ACCOUNT, REGION, LocalRecord

HOST = "127.0.0.1"
USUAL_PORT = 4566
# What MiniStack takes for the account's root, without a secret of its own: it listens on this
# machine only.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
_START_TIMEOUT_S = 60.0
# It writes all of its state when it ends.
_STOP_TIMEOUT_S = 60.0
_POLL_S = 0.2


def start(places: Places, *, preferred_port: int | None) -> LocalRecord:
    """Start the local cloud in the background and return once it answers.

    Args:
        places: The checkout.
        preferred_port: The port that it had before, so that what was printed then holds.

    Raises:
        ToolMissing: if it isn't installed.
        StartFailed: if it doesn't answer in time.
    """
    if not places.cloud_python.exists():
        raise ToolMissing("the local cloud", "`make install` installs it")
    port = free_port(preferred_port)
    log = places.logs / "local-cloud.log"
    for folder in (places.logs, places.scratch, places.state, places.objects):
        folder.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(places.cloud_python), "-m", "ministack"],
            cwd=places.home,
            env=_environment(places, port=port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own session: closing the terminal or Ctrl-C in it must not end it.
            start_new_session=True,
        )
    endpoint = f"http://{HOST}:{port}"
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartFailed(f"it ended with exit code {process.returncode}", log=log)
        if answers(endpoint):
            return LocalRecord(endpoint=endpoint, port=port, pid=process.pid, started=start_mark(process.pid))
        time.sleep(_POLL_S)
    process.terminate()
    raise StartFailed(f"no answer within {_START_TIMEOUT_S:.0f} seconds", log=log)


def stop(record: LocalRecord) -> bool:
    """Stop the local cloud of a record, its state kept; tell whether there was one to stop.

    Raises:
        LocalCloudError: if it doesn't end.
    """
    if record.pid is None or record.started is None:
        return False
    if not is_running(record.pid, started=record.started):
        return False
    if not terminate(record.pid, started=record.started, timeout_s=_STOP_TIMEOUT_S):
        raise LocalCloudError(f"process {record.pid} did not end within {_STOP_TIMEOUT_S:.0f} seconds")
    return True


def is_up(record: LocalRecord) -> bool:
    """Tell whether the local cloud of a record runs and answers."""
    return is_running(record.pid, started=record.started) and answers(record.endpoint)


def answers(endpoint: str) -> bool:
    """Tell whether MiniStack answers there, ready and with IAM enforced."""
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5) as response:  # noqa: S310 - always http://127.0.0.1
            health = json.load(response)
        with urllib.request.urlopen(f"{endpoint}/_ministack/ready", timeout=5):  # noqa: S310
            return isinstance(health, dict) and health.get("auth") == "enabled"
    except (OSError, urllib.error.URLError, ValueError):
        return False


def free_port(preferred: int | None) -> int:
    """Return the preferred port, else the usual one, else any that is free on 127.0.0.1."""
    for port in (preferred, USUAL_PORT):
        if port and _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections that have just ended don't make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _environment(places: Places, *, port: int) -> Mapping[str, str]:
    """Return the environment of MiniStack, which its functions inherit.

    Nothing of AWS or Python that is set in the person's shell may get in.
    """
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AWS_", "PYTHON", "TIDELINE_", "LAMBDA_", "SFN_", "VIRTUAL_ENV"))
    }
    return {
        **inherited,
        **CREDENTIALS,
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(places.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(places.objects),
        "TMPDIR": str(places.scratch),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        # As long as a person may look away: making a worker anew takes seconds.
        "LAMBDA_WARM_TTL_SECONDS": "900",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
