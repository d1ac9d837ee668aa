"""Walking the frames of a zstd file without unpacking it: decompressors end silently where a file is cut off.

Layout after RFC 8878, sections 3.1.1 and 3.1.2.
"""

from __future__ import annotations

from typing import BinaryIO

from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

_MAGIC = b"\x28\xb5\x2f\xfd"
_RLE = 1
_RESERVED = 3
# Bytes of the dictionary id and of the content size, by their flags in the frame header.
_DICTIONARY_BYTES = (0, 1, 2, 4)
_CONTENT_BYTES = (0, 2, 4, 8)


def check_frames(file: BinaryIO, *, size_bytes: int) -> None:
    """Read through every frame's block headers, then go back to the start.

    Raises:
        FileRejected: as truncated if the file ends inside a frame, as unreadable if it holds something else.
    """
    while file.tell() < size_bytes:
        magic = _take(file, 4)
        if magic == _MAGIC:
            _skip_frame(file, size_bytes)
        elif magic[1:] == b"\x2a\x4d\x18":
            _skip(file, int.from_bytes(_take(file, 4), "little"), size_bytes)
        else:
            raise FileRejected(
                RejectReason.UNREADABLE, f"byte {file.tell() - 4:,}: no zstd frame begins here"
            )
    file.seek(0)


def _skip_frame(file: BinaryIO, size_bytes: int) -> None:
    descriptor = _take(file, 1)[0]
    single_segment = bool(descriptor & 0x20)
    content = _CONTENT_BYTES[descriptor >> 6] or int(single_segment)
    window = 0 if single_segment else 1
    _skip(file, window + _DICTIONARY_BYTES[descriptor & 3] + content, size_bytes)
    last = False
    while not last:
        header = int.from_bytes(_take(file, 3), "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        if kind == _RESERVED:
            raise FileRejected(RejectReason.UNREADABLE, f"byte {file.tell() - 3:,}: no valid zstd block")
        _skip(file, 1 if kind == _RLE else size, size_bytes)
    _skip(file, 4 if descriptor & 4 else 0, size_bytes)


def _take(file: BinaryIO, count: int) -> bytes:
    taken = file.read(count)
    if len(taken) < count:
        raise _truncated(file.tell())
    return taken


def _skip(file: BinaryIO, count: int, size_bytes: int) -> None:
    if file.seek(count, 1) > size_bytes:
        raise _truncated(size_bytes)


def _truncated(at: int) -> FileRejected:
    return FileRejected(
        RejectReason.TRUNCATED, f"the zstd data ends at byte {at:,} in the middle of a frame: send it again"
    )
