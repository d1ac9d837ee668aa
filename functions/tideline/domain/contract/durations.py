"""Durations as people write them in a spec: ``90s``, ``10m``, ``6h``, ``7d``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PATTERN = re.compile(r"^([1-9][0-9]{0,5})\s*([smhd])$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: object) -> int:
    """Return a duration in seconds.

    Raises:
        ValueError: if `text` is not a whole number followed by s, m, h or d.
    """
    if isinstance(text, int) and not isinstance(text, bool) and text > 0:
        return text
    match = _PATTERN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write a number and s, m, h or d, such as 6h")
    return int(match[1]) * _SECONDS[match[2]]


def format_duration(seconds: int) -> str:
    """Return the shortest exact spelling, such as ``6h`` for 21600."""
    for unit in ("d", "h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


# Seconds inside, the short spelling in JSON and YAML.
Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema(
        {
            "description": "A number and s, m, h or d, such as 6h; a plain number is seconds.",
            "anyOf": [
                {"type": "string", "pattern": _PATTERN.pattern},
                {"type": "integer", "exclusiveMinimum": 0},
            ],
        }
    ),
]
