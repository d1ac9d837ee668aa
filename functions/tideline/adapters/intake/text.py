"""Going through text once before it is parsed: is it UTF-8, are its lines of a sane length, is it tidy.

Runs at about a gigabyte a second: whole chunks are judged by searches in C, and a place is only worked
out where something was found.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tideline.adapters.intake.limits import MAX_COLUMNS, MAX_LINE_BYTES
from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

CHUNK_BYTES = 1024**2
# A line of more than MAX_COLUMNS bytes covers a whole window of this size.
_WINDOW_BYTES = MAX_COLUMNS // 2 - 1
_BOMS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True)
class TextScan:
    """What a pass over the bytes showed.

    Attributes:
        lines: Lines, a last one without its line break included.
        quotes: Whether there is a double quote anywhere.
        untidy: Whether there is a byte order mark, a carriage return or perhaps an empty line.
    """

    lines: int
    quotes: bool
    untidy: bool


def scan_text(path: Path, *, delimiter: bytes) -> TextScan:
    """Read through a file once.

    Raises:
        FileRejected: not text, another encoding than UTF-8, or a line that is too long or has too
            many cells; names the line.
    """
    _check_bom(path)
    breaks, quotes, untidy, last, position = 0, False, False, b"\n", 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = _Lines(path, delimiter)
    for chunk in chunks(path):
        _check_characters(path, chunk, decoder, position)
        here = np.frombuffer(chunk, np.uint8) == ord("\n")
        lines.follow(chunk, here, position)
        breaks += int(np.count_nonzero(here))
        quotes = quotes or b'"' in chunk
        untidy = untidy or b"\r" in chunk or b"\n\n" in chunk or (last == b"\n" and chunk[:1] == b"\n")
        last = chunk[-1:]
        position += len(chunk)
    _check_end(path, decoder, position)
    bom = _begins(path).startswith(codecs.BOM_UTF8)
    return TextScan(lines=breaks + (last != b"\n"), quotes=quotes, untidy=untidy or bom)


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, a chunk at a time."""
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def row_at(path: Path, offset: int) -> int:
    """Return the 1-based line that the byte at `offset` is in."""
    lines, left = 1, offset
    for chunk in chunks(path):
        lines += chunk[:left].count(b"\n")
        left -= min(left, len(chunk))
        if not left:
            break
    return lines


class _Lines:
    """Holds every line to a length and a number of cells, across the borders of chunks.

    DuckDB's time for a row with too many cells grows with the square of their number.
    """

    def __init__(self, path: Path, delimiter: bytes) -> None:
        self._path = path
        self._delimiter = delimiter
        self._start = 0
        self._cells = 0

    def follow(self, chunk: bytes, breaks: npt.NDArray[np.bool_], position: int) -> None:
        first, last = _first_break(chunk), max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        end = len(chunk) if first < 0 else first
        self._check(position + end - self._start, self._cells + chunk.count(self._delimiter, 0, end))
        if last < 0:
            self._cells += chunk.count(self._delimiter)
            return
        if not _all_short(breaks) and b"\r" not in chunk:
            self._check_inside(chunk, first + 1, last, position)
        self._start = position + last + 1
        self._cells = chunk.count(self._delimiter, last + 1)

    def _check_inside(self, chunk: bytes, begin: int, end: int, position: int) -> None:
        self._start = position + begin
        for line in chunk[begin:end].split(b"\n"):
            self._check(len(line), line.count(self._delimiter))
            self._start += len(line) + 1

    def _check(self, length: int, cells: int) -> None:
        if length > MAX_LINE_BYTES:
            row = row_at(self._path, self._start)
            raise FileRejected(
                RejectReason.TOO_LONG_LINE,
                f"line {row:,} is longer than {MAX_LINE_BYTES:,} bytes: are the line breaks missing?",
                row=row,
            )
        if cells > MAX_COLUMNS:
            row = row_at(self._path, self._start)
            raise FileRejected(
                RejectReason.TOO_MANY_COLUMNS,
                f"line {row:,} has {cells:,} cells or more; at most {MAX_COLUMNS:,} are read",
                row=row,
            )


def _all_short(breaks: npt.NDArray[np.bool_]) -> bool:
    """Return whether every window has a line break: then no line can have more than `MAX_COLUMNS` cells."""
    windows = len(breaks) // _WINDOW_BYTES
    return bool(breaks[: windows * _WINDOW_BYTES].reshape(windows, _WINDOW_BYTES).any(axis=1).all())


def _first_break(chunk: bytes) -> int:
    found = [place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0]
    return min(found, default=-1)


def _check_bom(path: Path) -> None:
    head = _begins(path)
    found = next((name for bom, name in _BOMS.items() if head.startswith(bom)), None)
    if found is not None:
        raise FileRejected(RejectReason.ENCODING, _recode(f"the file is {found}", found), row=1)


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _check_characters(path: Path, chunk: bytes, decoder: codecs.IncrementalDecoder, position: int) -> None:
    if b"\0" in chunk:
        raise _nul(path, chunk, position)
    pending = len(decoder.getstate()[0])
    if chunk.isascii() and not pending:
        return
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as exc:
        offset = position - pending + exc.start
        raise _not_utf8(path, offset, exc.object[exc.start]) from exc


def _check_end(path: Path, decoder: codecs.IncrementalDecoder, size: int) -> None:
    pending = decoder.getstate()[0]
    if pending:
        raise _not_utf8(path, size - len(pending), pending[0])


def _nul(path: Path, chunk: bytes, position: int) -> FileRejected:
    offset = position + chunk.index(b"\0")
    row = row_at(path, offset)
    sample = chunk[:4096]
    if sample.count(b"\0") > len(sample) // 4:
        message = _recode("the text has a NUL at every other character, as UTF-16 does", "UTF-16")
        return FileRejected(RejectReason.ENCODING, message, row=row)
    return FileRejected(
        RejectReason.NOT_TEXT,
        f"line {row:,} (byte {offset:,}) holds a NUL byte, which no text does: tr -d '\\000' removes them",
        row=row,
    )


def _not_utf8(path: Path, offset: int, byte: int) -> FileRejected:
    row = row_at(path, offset)
    what = f"line {row:,} (byte {offset:,}, 0x{byte:02X}) is not UTF-8"
    return FileRejected(RejectReason.ENCODING, _recode(what, "WINDOWS-1252"), row=row)


def _recode(what: str, encoding: str) -> str:
    hint = "if it is Latin-1, use " if encoding == "WINDOWS-1252" else "use "
    return f"{what}; UTF-8 is expected: {hint}iconv -f {encoding} -t UTF-8 FILE > NEW_FILE"
