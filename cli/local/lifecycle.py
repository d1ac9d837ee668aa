"""Up, down and reset: each does nothing where there is nothing to do."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cli.local import deployment, server, warmth
from cli.local.digest import deployment_digest
from cli.local.places import Places
from cli.local.record import LocalRecord, read_record, write_record

Report = Callable[[str, str], None]
"""Called with the name of a step and a detail when the step begins."""


def _silence(_step: str, _detail: str) -> None:
    """Tell nobody."""


def up(*, report: Report = _silence, places: Places | None = None) -> LocalRecord:
    """Start the local cloud unless it runs, deploy unless nothing changed, and return its record.

    Args:
        report: Told of every step as it begins.
        places: The checkout, by default the one that this module is in.

    Raises:
        LocalCloudError: with the reason and where the log is.
    """
    places = places or Places()
    was_up = _is_up(places)
    record = _started(places, report)
    digest = deployment_digest(places)
    if record.digest == digest:
        report("deploy", "nothing changed since the last deployment")
        if not was_up:
            _warm(record, report)
        return record
    if record.digest is None:
        report("bootstrap", "making the bucket and roles that the CDK needs")
        deployment.bootstrap(places, record)
    report("synthesize", "building packages and the stack's template")
    deployment.synthesize(places)
    report("deploy", f"deploying {deployment.STACK} to {record.endpoint}")
    outputs = deployment.deploy(places, record)
    record = replace(record, outputs=outputs, digest=digest)
    write_record(places.record, record)
    _warm(record, report)
    report("ready", record.endpoint)
    return record


def down(*, report: Report = _silence, places: Places | None = None) -> bool:
    """Stop the local cloud, its state kept; tell whether it was running.

    Raises:
        LocalCloudError: if it doesn't end.
    """
    places = places or Places()
    record = read_record(places.record)
    if record is None:
        return False
    report("stop", "saving state")
    stopped = server.stop(record)
    write_record(places.record, replace(record, pid=None, started=None))
    _discard(places.scratch)
    return stopped


def reset(*, report: Report = _silence, places: Places | None = None) -> None:
    """Stop the local cloud and forget everything in it.

    Raises:
        LocalCloudError: if it doesn't end.
    """
    places = places or Places()
    down(report=report, places=places)
    report("forget", str(places.home))
    shutil.rmtree(places.home, ignore_errors=True)


def _is_up(places: Places) -> bool:
    known = read_record(places.record)
    return known is not None and server.is_up(known)


def _warm(record: LocalRecord, report: Report) -> None:
    report("warm up", "starting workers for the prediction log")
    warmth.warm(record)


def _discard(folder: Path) -> None:
    """Delete a folder without being waited for.

    Each of the cloud's workers has unpacked code and layers there: tens of thousands of files.
    """
    if not folder.exists():
        return
    unwanted = folder.with_name(f"{folder.name}-{time.time_ns()}")
    folder.rename(unwanted)
    subprocess.Popen(
        ["rm", "-rf", str(unwanted)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _started(places: Places, report: Report) -> LocalRecord:
    """Return the record of a local cloud that runs now."""
    known = read_record(places.record)
    if known and server.is_up(known):
        report("start", f"running at {known.endpoint}")
        return known
    report("start", "starting the local cloud on this machine")
    fresh = server.start(places, preferred_port=known.port if known else None)
    if known:
        fresh = replace(fresh, outputs=known.outputs, digest=known.digest)
    write_record(places.record, fresh)
    return fresh
