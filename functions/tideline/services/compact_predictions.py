"""Merge the small files of the prediction log's past hours, so that readers open few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tideline.domain.compaction import CompactionRequest, crowded_hours, days_to_look_at
from tideline.errors import ObjectMissing
from tideline.ports import Clock, CompactionQueue, ObjectStore, PredictionMerger

# Files of one merge: more would take more disk and time than a step can be sure of.
FILES_AT_ONCE = 1_000
# Merges of one call. A million rows take seconds in memory and up to half a minute where they spill to disk:
# together well below the function's fifteen minutes.
MERGES_A_CALL = 10
# What S3 does for a file takes tens of milliseconds, nearly all of it waiting.
_TRANSFERS = 8


@dataclass(frozen=True, kw_only=True)
class CompactionReceipt:
    """What a call did.

    Attributes:
        merges: How many files were written.
        merged: By how many files there are fewer.
        is_done: Whether nothing was left for another call.
    """

    merges: int
    merged: int
    is_done: bool


@dataclass(frozen=True, kw_only=True)
class _Left:
    files: int
    merges: int


@dataclass(frozen=True, kw_only=True)
class CompactPredictions:
    """Merges hour by hour: writes, then deletes, so that readers may see a row twice but never miss one.

    A file is deleted only where another one, with a superset of its rows and hence another name, was written
    before: whatever compacts beside this or died half-way, what is left merges to the same rows.
    """

    lake: ObjectStore
    merger: PredictionMerger
    compaction: CompactionQueue
    clock: Clock
    workdir: Callable[[], AbstractContextManager[Path]]
    files_at_once: int = FILES_AT_ONCE
    merges_a_call: int = MERGES_A_CALL

    def __call__(self, request: CompactionRequest) -> CompactionReceipt:
        """Merge what the window holds, or as much as a call may, and ask for the rest.

        An hour that cannot be merged does not keep the others from it: its error is raised at the end.
        """
        merges, merged, errors, waiting = 0, 0, list[Exception](), False
        for files in self._crowded(request.model):
            try:
                left = self._merge_hour(files, at_most=self.merges_a_call - merges)
            except ObjectMissing:
                # Another compaction has merged it meanwhile; what it left is merged the next time.
                continue
            except Exception as exc:
                errors.append(exc)
                continue
            merges += left.merges
            merged += len(files) - left.files
            waiting = waiting or left.files > 1
        if errors:
            raise errors[0]
        if waiting:
            self.compaction.request(request)
        return CompactionReceipt(merges=merges, merged=merged, is_done=not waiting)

    def _crowded(self, model: str) -> Sequence[Sequence[str]]:
        now = self.clock()
        keys = [key for day in days_to_look_at(model, now) for key in self.lake.listed(day)]
        return crowded_hours(model, keys, now)

    def _merge_hour(self, files: Sequence[str], *, at_most: int) -> _Left:
        merges = 0
        while len(files) > 1 and merges < at_most:
            some, rest = files[: self.files_at_once], files[self.files_at_once :]
            files = sorted({self._merge(some), *rest})
            merges += 1
        return _Left(files=len(files), merges=merges)

    def _merge(self, keys: Sequence[str]) -> str:
        """Put one file in the place of some of an hour; raises `ObjectMissing` where one is gone already."""
        prefix = keys[0][: keys[0].rindex("/") + 1]
        with self.workdir() as folder, ThreadPoolExecutor(_TRANSFERS) as threads:
            paths = [folder / f"{number}.parquet" for number in range(len(keys))]
            _all(threads.map(self.lake.download, keys, paths))
            target = folder / "merged.parquet"
            made = prefix + self.merger.merge(paths, target)
            self.lake.upload(target, made)
            _all(threads.map(self.lake.delete, [key for key in keys if key != made]))
        return made


def _all(answers: Iterable[None]) -> None:
    """Wait for every answer; the first error is raised."""
    for _ in answers:
        pass
