"""Giving text the one form that the parser and the row count agree on."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tideline.adapters.intake.text import chunks


def tidy_text(path: Path, target: Path) -> Path:
    """Write the same text with plain line breaks, no byte order mark and no empty lines to `target`.

    Every line break, inside quoted values too, becomes a line feed; empty lines inside quotes stay.
    """
    with target.open("wb") as out:
        _write_tidy(path, out)
    return target


def _write_tidy(path: Path, out: BinaryIO) -> None:
    held, quoted, at_start, first = b"", 0, True, True
    for raw in chunks(path):
        chunk = raw.removeprefix(codecs.BOM_UTF8) if first else held + raw
        first = False
        # A carriage return at the end may be half of a line break.
        held = b"\r" if chunk.endswith(b"\r") else b""
        chunk = chunk[: len(chunk) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not chunk:
            continue
        kept, quoted = _without_empty_lines(chunk, quoted=quoted, at_start=at_start)
        at_start = chunk.endswith(b"\n")
        out.write(kept)
    out.write(b"\n" if held and not at_start else b"")


def _without_empty_lines(chunk: bytes, *, quoted: int, at_start: bool) -> tuple[bytes, int]:
    """Return the chunk without empty lines outside quotes, and whether a quote is open at its end."""
    data = np.frombuffer(chunk, np.uint8)
    parity = (np.cumsum(data == ord('"'), dtype=np.int64) + quoted) & 1
    breaks = data == ord("\n")
    before = np.concatenate(([at_start], breaks[:-1]))
    return data[~(breaks & before & (parity == 0))].tobytes(), int(parity[-1])
