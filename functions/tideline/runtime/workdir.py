"""A folder to work in, gone afterwards: a warm function must not fill its disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A file takes its own room, its expanded copy's and the Parquet's: a quarter of what is free is safe.
_SHARE_FOR_ONE_FILE = 4


@contextmanager
def workdir() -> Iterator[Path]:
    """Give a new empty folder, and remove it with everything in it."""
    with tempfile.TemporaryDirectory(prefix="tideline-") as path:
        yield Path(path)


def room_for_one_file() -> int:
    """Return how many bytes one dropped file may have on this disk."""
    return shutil.disk_usage(tempfile.gettempdir()).free // _SHARE_FOR_ONE_FILE
