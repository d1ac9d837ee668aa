"""Zip files that depend only on what is in them: same content, same bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path

# The zip format counts from 1980; a fixed date keeps archives of equal content equal.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# Lambda runs functions as another user, who must be able to read every file.
_READABLE = 0o644 << 16
# Loaders need no bit more than reading it, but tools take a library without it for data.
_EXECUTABLE = 0o755 << 16


def write_archive(folder: Path, target: Path) -> None:
    """Write all files under a folder to a zip, in order of their names.

    It appears whole or not at all, so that an interrupted build is never taken for a finished one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _EXECUTABLE if ".so" in path.suffixes else _READABLE
            archive.writestr(entry, path.read_bytes())
    unfinished.replace(target)


def file_sizes(archive: Path) -> dict[str, int]:
    """Return the unzipped size in bytes of every file in a zip."""
    with zipfile.ZipFile(archive) as opened:
        return {entry.filename: entry.file_size for entry in opened.infolist()}
