"""This machine: the programs that deploying needs, room on disk, the local cloud."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cli.health.finding import Finding, missing, ok, warning
from cli.local import read_record
from cli.local.digest import deployment_digest
from cli.local.places import Places
from cli.local.server import USUAL_PORT, free_port, is_up

_LEAST_PYTHON = (3, 11)
_LEAST_NODE = 20
# Layers, their bundles and the local cloud's state together, with some to spare.
_LEAST_FREE_BYTES = 3_000_000_000
_INSTALL = "`make install` installs it"
_NODE = "install Node.js 20 or newer, see https://nodejs.org"

RunProgram = Callable[[Sequence[str]], str | None]
"""Runs a program and returns what it says, or None where it isn't there."""


def run_program(arguments: Sequence[str]) -> str | None:
    """Return the first line that a program writes, or None where it cannot be run."""
    try:
        answer = subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return (answer.stdout.strip().splitlines() or [""])[0]


def look_at_machine(places: Places, *, run: RunProgram = run_program) -> Iterator[Finding]:
    """Yield what is found on this machine."""
    yield _python()
    yield _node(run)
    yield _program("npm", ["npm", "--version"], _NODE, run)
    yield _program("uv", [str(places.root / ".venv/bin/uv"), "--version"], _INSTALL, run)
    yield _program("cdk", [str(places.cdk), "--version"], _INSTALL, run)
    yield _disk(places.root)


def look_at_local_cloud(places: Places) -> Iterator[Finding]:
    """Yield what is found of the local cloud."""
    if not places.cloud_python.exists():
        yield missing("local cloud", "not installed", _INSTALL)
        return
    record = read_record(places.record)
    if record is None or not is_up(record):
        state = "never started" if record is None else "down"
        yield warning("local cloud", state, "`tideline up` starts it")
        if free_port(record.port if record else None) != (record.port if record else USUAL_PORT):
            yield warning("port", f"{USUAL_PORT} is taken", "nothing to do: another one will be used")
        return
    yield ok("local cloud", f"up at {record.endpoint}")
    if not record.outputs:
        yield missing("deployment", "nothing is deployed", "`tideline up` deploys")
    elif record.digest != deployment_digest(places):
        yield warning("deployment", "the code has changed since", "`tideline up` deploys it")
    else:
        yield ok("deployment", "up to date")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _LEAST_PYTHON:
        return missing("python", version, "install Python 3.11 or newer")
    return ok("python", version)


def _node(run: RunProgram) -> Finding:
    said = run(["node", "--version"])
    found = re.match(r"v(\d+)\.", said or "")
    if found is None:
        return missing("node", "not found", _NODE)
    if int(found[1]) < _LEAST_NODE:
        return missing("node", str(said), _NODE)
    return ok("node", str(said).removeprefix("v"))


def _program(name: str, arguments: Sequence[str], remedy: str, run: RunProgram) -> Finding:
    said = run(arguments)
    if said is None:
        return missing(name, "not found", remedy)
    version = re.search(r"\d+\.\d+(\.\d+)?", said)
    return ok(name, version[0] if version else said)


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(root).free
    detail = f"{free / 1e9:,.0f} GB free"
    if free < _LEAST_FREE_BYTES:
        return warning("disk", detail, "make room: layers and the local cloud take about 3 GB")
    return ok("disk", detail)
