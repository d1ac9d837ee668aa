"""How much a dropped file may cost, whatever its bytes claim."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

GIB = 1024**3
# Text compresses 3 to 20 times, dull text 60 times; gzip's own limit is 1,032. Small files are harmless.
MAX_RATIO = 100
RATIO_FLOOR_BYTES = 1024**2
# Run lengths let honest Parquet shrink columns that hardly change: only far beyond that is it an attack.
PARQUET_RATIO_FLOOR_BYTES = 256 * 1024**2
# 2,000 features of 1,000 characters; DuckDB's own default, and its buffers are sixteen times as large.
MAX_LINE_BYTES = 2_000_000
MAX_COLUMNS = 10_000
# What stays free of the disk for the canonical file and DuckDB's spilled data while the text lies beside it.
_DISK_SHARE = 0.6


@dataclass(frozen=True)
class SizeLimit:
    """The most bytes that one dropped file may expand to, and what sets the limit."""

    bytes: int
    reason: str

    @classmethod
    def within(cls, workdir: Path, *, max_expanded_bytes: int) -> SizeLimit:
        """Return the configured limit, or what the disk has room for if that is less."""
        room = int(shutil.disk_usage(workdir).free * _DISK_SHARE)
        if room < max_expanded_bytes:
            return cls(room, "the disk of the function has no room for more")
        return cls(max_expanded_bytes, "the most that one file may hold")

    def check(self, size_bytes: int) -> None:
        """Raise `FileRejected` where a file's content is larger than the limit."""
        if size_bytes > self.bytes:
            raise FileRejected(
                RejectReason.TOO_LARGE,
                f"holds more than {self.bytes:,} bytes, {self.reason}: drop it in several files",
            )


def check_ratio(expanded_bytes: int, source_bytes: int, *, floor_bytes: int = RATIO_FLOOR_BYTES) -> None:
    """Raise `FileRejected` where a file expands to `MAX_RATIO` times its size or more."""
    if expanded_bytes > floor_bytes and expanded_bytes >= MAX_RATIO * source_bytes:
        raise FileRejected(
            RejectReason.EXPANDS_TOO_MUCH,
            f"{source_bytes:,} bytes expand to {expanded_bytes:,} or more, {MAX_RATIO} times as many:"
            " drop the file uncompressed if this is honest data",
        )
