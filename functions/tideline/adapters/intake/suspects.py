"""Counting the rows that the parser will stumble over, before it is asked to list them at a price."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tideline.adapters.intake.text import chunks


def count_suspects(path: Path, *, width: int) -> int:
    """Return about how many records have other than `width` cells or a quote that closes too early.

    Exact for text with proper quotes; where quotes are astray, so is what is inside and outside of them.
    """
    counter = _Counter(width)
    for chunk in chunks(path):
        counter.follow(np.frombuffer(chunk, np.uint8))
    return counter.suspects


@dataclass
class _Counter:
    """Carries an open quote and a begun record from chunk to chunk."""

    width: int
    suspects: int = 0
    _quotes: int = 0
    _commas: int = 0

    def follow(self, data: npt.NDArray[np.uint8]) -> None:
        quotes = data == ord('"')
        outside = (np.cumsum(quotes, dtype=np.int64) + self._quotes) & 1 == 0
        commas = np.cumsum((data == ord(",")) & outside, dtype=np.int64) + self._commas
        ends = np.flatnonzero((data == ord("\n")) & outside)
        in_record = np.diff(commas[ends], prepend=0)
        self.suspects += int(np.count_nonzero(in_record != self.width - 1))
        self.suspects += int(np.count_nonzero((quotes & outside)[:-1] & _ordinary(data[1:])))
        self._quotes += int(np.count_nonzero(quotes))
        self._commas = int(commas[-1] - (commas[ends[-1]] if len(ends) else 0))


def _ordinary(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return where a character may not follow a closing quote."""
    return np.isin(data, np.frombuffer(b',\n"', np.uint8), invert=True)
