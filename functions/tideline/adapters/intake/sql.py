"""Putting names and texts of strangers into SQL so that they stay names and texts."""

from __future__ import annotations

from collections.abc import Iterable


def identifier(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a quoted text; NUL characters cannot occur in one."""
    return "'" + text.replace("'", "''") + "'"


def listed(parts: Iterable[str]) -> str:
    """Join parts of a SELECT, one a line."""
    return ",\n  ".join(parts)
