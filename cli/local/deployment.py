"""Deploy the stack to the local cloud with the CDK command line, as it is deployed to AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.local.errors import StepFailed, ToolMissing
from cli.local.places import Places
from cli.local.record import ACCOUNT, REGION, LocalRecord
from cli.local.server import CREDENTIALS

STACK = "Tideline-dev"
Report = Callable[[str, str], None]
# How CloudFormation's events and Python's and Node's errors look in the CDK's output.
_TELLING = re.compile(r"CREATE_FAILED|UPDATE_FAILED|DELETE_FAILED|Error\b|❌|Failed\b|is needed to")
_FEW_LINES = 8


def bootstrap(places: Places, record: LocalRecord) -> None:
    """Make the bucket and roles that the CDK needs in an account; nothing if they are there.

    Raises:
        StepFailed: with what the CDK said.
    """
    # Where there is no cdk.json: the command line would synthesize the stack to no end.
    _run_cdk(places, record, "bootstrap", f"aws://{ACCOUNT}/{REGION}", folder=places.home)


def synthesize(places: Places) -> None:
    """Write the stack's template and build the functions' packages.

    Raises:
        StepFailed: with what the CDK said.
    """
    # By the entry point itself: the command line would only start it, three seconds later.
    shutil.rmtree(places.assembly, ignore_errors=True)
    context = json.dumps({"env": "dev", "target": "local", **_context(places)})
    _run(
        "synthesis",
        [str(places.python), "-m", "infra.app"],
        places=places,
        environment={
            "PYTHONPATH": f"functions{os.pathsep}.",
            "CDK_OUTDIR": str(places.assembly),
            "CDK_CONTEXT_JSON": context,
        },
    )


def deploy(places: Places, record: LocalRecord) -> Mapping[str, str]:
    """Deploy the synthesized stack and return its outputs.

    Raises:
        StepFailed: with the reason of the resource that failed.
    """
    outputs = places.scratch / "outputs.json"
    _run_cdk(
        places, record, "deploy", STACK, "--app", str(places.assembly),
        "--require-approval", "never", "--progress", "events", "--outputs-file", str(outputs),
    )  # fmt: skip
    found: dict[str, dict[str, str]] = json.loads(outputs.read_text(encoding="utf-8"))
    return found[STACK]


def _context(places: Places) -> dict[str, object]:
    """Return what `cdk.json` says about the context, which only the command line reads."""
    context: dict[str, object] = json.loads((places.root / "cdk.json").read_text(encoding="utf-8"))["context"]
    return context


def _run_cdk(
    places: Places,
    record: LocalRecord,
    command: str,
    *arguments: str,
    folder: Path | None = None,
) -> None:
    node = shutil.which("node")
    if node is None:
        raise ToolMissing("node", "install Node.js 20 or newer, https://nodejs.org")
    if not places.cdk.exists():
        raise ToolMissing("the CDK command line", "`make install` installs it")
    _run(
        command,
        [str(places.cdk), command, *arguments, "--ci", "--no-color", "--no-notices"],
        places=places,
        environment={"AWS_ENDPOINT_URL": record.endpoint, **CREDENTIALS},
        folder=folder,
    )


def _run(
    step: str,
    command: list[str],
    *,
    places: Places,
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> None:
    """Run a program with its output in a log of its own.

    The person's own AWS profile must not reach it: this deploys to this machine only.
    """
    log = places.logs / f"{step}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_"))}
    with log.open("wb") as output:
        answer = subprocess.run(
            command,
            check=False,
            cwd=folder or places.root,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if answer.returncode != 0:
        raise StepFailed(step, _reason(log), log=log)


def _reason(log: Path) -> str:
    """Return the lines of a log that tell most, or its last ones."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if _TELLING.search(line)]
    return "\n".join((telling or lines)[-_FEW_LINES:]) or "it said nothing"
