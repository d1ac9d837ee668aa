"""The record of the local cloud: where it listens, which process it is, what is deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

ACCOUNT = "000000000000"
REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class LocalRecord:
    """What other programs need to use the local cloud.

    Attributes:
        endpoint: URL of every service.
        port: Its port on 127.0.0.1.
        pid: Process that listens, or nothing when it is down.
        started: What the kernel says of when that process started: a process id alone is reused.
        region: Region of the stack.
        account: Account of the stack.
        outputs: The stack's outputs, by name.
        digest: Digest of what was deployed, or nothing before the first deployment.
    """

    endpoint: str
    port: int
    pid: int | None
    started: str | None = None
    region: str = REGION
    account: str = ACCOUNT
    outputs: Mapping[str, str] = field(default_factory=dict)
    digest: str | None = None


def read_record(path: Path) -> LocalRecord | None:
    """Return the record, or nothing where there is none that can be read."""
    try:
        return LocalRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_record(path: Path, record: LocalRecord) -> None:
    """Write the record so that a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)
