"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is; the values are part of the JSON output."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """What was found.

    Attributes:
        name: What was looked at.
        detail: A version, a number, a place.
        remedy: What to do; empty where nothing needs to be done.
    """

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it as JSON."""
        return asdict(self)


def ok(name: str, detail: str) -> Finding:
    """All is well."""
    return Finding(name, Verdict.OK, detail)


def warning(name: str, detail: str, remedy: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(name, Verdict.WARNING, detail, remedy)


def missing(name: str, detail: str, remedy: str) -> Finding:
    """It does not work without."""
    return Finding(name, Verdict.MISSING, detail, remedy)
