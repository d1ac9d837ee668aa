"""What scores a dropped file in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from tideline.domain.batch.order import BatchOrder, Shard
from tideline.domain.release.deployment import Signature


class BatchSplitter(Protocol):
    """Splits a dropped file into shards of good rows and a list of bad ones."""

    def split(
        self,
        source: Path,
        *,
        name: str,
        signature: Signature,
        workdir: Path,
        keep: Callable[[Path, str], None],
    ) -> tuple[int, int, Sequence[Shard]]:
        """Return the file's rows, how many of them are bad, and the shards of the others.

        Each file that is written is handed to `keep` with its name below the job's prefix, and is gone
        afterwards. Raises `FileRejected`.
        """
        ...


class ShardScorer(Protocol):
    """Answers the rows of a shard."""

    def score(
        self,
        source: Path,
        *,
        order: BatchOrder,
        signature: Signature,
        artifact: bytes,
        results: Path,
        refused: Path,
    ) -> tuple[int, int]:
        """Write answers and rows without one, and return how many there are of each.

        Raises `ArtifactInvalid`.
        """
        ...


class RowCounter(Protocol):
    """Counts the rows of a job out of its files, one after the other."""

    def add(self, path: Path) -> int:
        """Count a Parquet file's rows in and return how many it has."""
        ...

    def check(self, *, rows: int) -> None:
        """Raise `RowsUnaccounted` unless each of the numbers 1 to `rows` was counted exactly once."""
        ...
