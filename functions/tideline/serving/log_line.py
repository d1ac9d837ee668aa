"""Log lines as JSON, one a line: Powertools' shape without its import."""

from __future__ import annotations

import sys
import time

import msgspec


def write_log(level: str, message: str, **fields: object) -> None:
    """Write one line: a constant message and its fields, which are ids and counts."""
    line = {
        "level": level,
        "message": message,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **fields,
    }
    sys.stdout.write(msgspec.json.encode(line, enc_hook=str).decode() + "\n")
