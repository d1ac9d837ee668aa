"""Unpacking `.gz` and `.zst` as a stream to disk, held to a ratio and a size before anything is parsed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from tideline.adapters.intake.formats import SNIFFED_BYTES, Packing, sniff_packing
from tideline.adapters.intake.limits import SizeLimit, check_ratio
from tideline.adapters.intake.zstd_frames import check_frames
from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

_CHUNK_BYTES = 1024**2
# `zstd --long=27`: what the command line unpacks without being asked; 128 MB of memory.
_MAX_WINDOW_BYTES = 2**27


def unpack(source: Path, *, workdir: Path, limit: SizeLimit) -> tuple[Path, Packing]:
    """Return a file with the plain bytes of `source` (itself where it is plain), and how it was packed.

    Raises:
        FileRejected: truncated, unreadable, expanding too much, or too large.
    """
    with source.open("rb") as file:
        packing = sniff_packing(file.read(SNIFFED_BYTES))
    size = source.stat().st_size
    if packing is Packing.NONE:
        limit.check(size)
        return source, packing
    target = workdir / "unpacked"
    with _opened(source, packing) as packed, target.open("wb") as plain:
        _copy(packed, plain, source_bytes=size, limit=limit)
    return target, packing


@contextmanager
def _opened(source: Path, packing: Packing) -> Iterator[BinaryIO]:
    try:
        if packing is Packing.GZIP:
            with gzip.open(source, "rb") as file:
                yield cast("BinaryIO", file)
            return
        with source.open("rb") as raw:
            check_frames(raw, size_bytes=source.stat().st_size)
            decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
            with decompressor.stream_reader(raw, read_across_frames=True) as reader:
                yield cast("BinaryIO", reader)
    except EOFError as exc:
        raise FileRejected(
            RejectReason.TRUNCATED, "the gzip data ends before its end mark: send it again"
        ) from exc
    except (gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as exc:
        raise FileRejected(
            RejectReason.UNREADABLE, f"the compressed data is damaged ({exc}): send it again"
        ) from exc


def _copy(packed: BinaryIO, plain: BinaryIO, *, source_bytes: int, limit: SizeLimit) -> None:
    written = 0
    while chunk := packed.read(_CHUNK_BYTES):
        written += len(chunk)
        check_ratio(written, source_bytes)
        limit.check(written)
        plain.write(chunk)
