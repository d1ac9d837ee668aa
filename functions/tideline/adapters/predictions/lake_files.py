"""Parquet files of the lake on this machine, read as one table, while others write and tidy up there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from tideline.adapters.intake.sql import literal
from tideline.adapters.predictions.session import session
from tideline.errors import ObjectMissing, RegistryConflict, StorageUnavailable
from tideline.ports import ObjectStore

# Small files wait for S3, not for the processor; boto3 keeps ten connections open.
_AT_ONCE = 8
# A second look finds what took the place of a file that was tidied away after the first.
_LOOKS = 2
_SUFFIX = ".parquet"
_NUMBERED = ", filename = true, file_row_number = true"


@dataclass(frozen=True)
class LakeFiles:
    """Files below some prefixes, downloaded into a folder.

    Attributes:
        lake: Where they lie.
        folder: Where they go; memory holds none of them.
        wanted: Tells by its key whether a file is to be fetched.
    """

    lake: ObjectStore
    folder: Path
    wanted: Callable[[str], bool] = lambda _key: True
    _here: dict[str, str] = field(default_factory=dict)

    def fetch(self, prefixes: Sequence[str]) -> Mapping[str, str]:
        """Download all files, and return the key of each by its name in the folder.

        Compaction writes a larger file and then deletes the small ones, so that after a file has vanished
        the list is read once more: rows may then be there twice, but none is missing.

        Raises:
            RegistryConflict: files vanished again.
        """
        for look in range(_LOOKS):
            known = set(self._here.values())
            fresh = [key for key in self._listed(prefixes) if key not in known]
            names = {f"{look}-{place:06d}{_SUFFIX}": key for place, key in enumerate(fresh)}
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                there = pool.map(self._download, names, names.values())
                self._here.update({n: k for (n, k), ok in zip(names.items(), there, strict=True) if ok})
            if len(self._here) == len(known) + len(fresh):
                return self._here
        raise RegistryConflict(f"files below {prefixes[0]!r} vanished while they were read: read them again")

    def _listed(self, prefixes: Sequence[str]) -> list[str]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(self.lake.listed, prefixes)
            return [key for keys in found for key in keys if key.endswith(_SUFFIX) and self.wanted(key)]

    def _download(self, name: str, key: str) -> bool:
        try:
            self.lake.download(key, self.folder / name)
        except ObjectMissing:
            (self.folder / name).unlink(missing_ok=True)
            return False
        return True


@contextmanager
def table(
    files: Mapping[str, str], *, folder: Path, memory_mb: int, numbered: bool = False
) -> Iterator[tuple[Any, str]]:
    """Yield a bounded connection, and what to select from for the rows of all files, of which there are some.

    Args:
        files: Keys by names in the folder.
        folder: Where they lie.
        memory_mb: DuckDB takes a share of it.
        numbered: Whether rows also have `filename` and `file_row_number`, which together tell them apart.

    Raises:
        StorageUnavailable: a file does not read as Parquet, or not with the columns that are asked for.
    """
    with explained(files, folder=folder), session(workdir=folder, memory_mb=memory_mb) as connection:
        yield connection, f"read_parquet([{paths_of(files, folder=folder)}]{_NUMBERED if numbered else ''})"


def paths_of(files: Mapping[str, str], *, folder: Path) -> str:
    """Return the files as DuckDB lists them."""
    return ", ".join(literal(str(folder / name)) for name in files)


@contextmanager
def explained(files: Mapping[str, str], *, folder: Path) -> Iterator[None]:
    """Raise `StorageUnavailable`, and name the file, where DuckDB cannot read one."""
    try:
        yield
    except duckdb.Error as exc:
        damaged = not isinstance(exc, duckdb.OutOfMemoryException)
        raise StorageUnavailable(_problem(exc, files, folder), damaged=damaged) from exc


def _problem(exc: duckdb.Error, files: Mapping[str, str], folder: Path) -> str:
    told = str(exc).splitlines()[0].replace(f"{folder}/", "")
    named = [key for name, key in files.items() if name in told]
    where = (
        f"{named[0]!r}" if named else f"one of {len(files)} files, such as {next(iter(files.values()))!r},"
    )
    return f"{where} cannot be read: {told}; nothing is judged without it"
