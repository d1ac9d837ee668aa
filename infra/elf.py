"""Read which shared libraries an ELF file needs, and rename the one that it is.

Only 64-bit little-endian files, which is what Lambda's two processors run. Source of the layout:
the System V ABI, chapters 4 and 5 (`man 5 elf`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MAGIC = b"\x7fELF\x02\x01"
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 1, 5, 14, 15, 29
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_DYNAMIC_ENTRY = struct.Struct("<qQ")


@dataclass(frozen=True, kw_only=True)
class SharedObject:
    """What the dynamic linker reads in one file.

    Attributes:
        needed: Names of the libraries that must be found before it loads.
        search_path: Folders to look in first, with `$ORIGIN` for the file's own.
        lends_path: Whether that path also holds for what is loaded on the file's behalf
            (`DT_RPATH` does, `DT_RUNPATH` doesn't).
        name: The name under which it satisfies others (`DT_SONAME`), if it has one.
        name_offset: Where in the file that name is written.
    """

    needed: tuple[str, ...]
    search_path: tuple[str, ...]
    lends_path: bool
    name: str | None
    name_offset: int | None


def is_elf(content: bytes) -> bool:
    """Tell whether bytes are a 64-bit little-endian ELF file."""
    return content.startswith(_MAGIC)


def read(content: bytes) -> SharedObject:
    """Return what the dynamic section of an ELF file says.

    Raises:
        ValueError: if the bytes aren't a 64-bit little-endian ELF file.
    """
    if not is_elf(content):
        raise ValueError("not a 64-bit little-endian ELF file")
    entries = list(_dynamic_entries(content))
    table = next((_offset_of(content, value) for tag, value in entries if tag == _DT_STRTAB), 0)

    def texts(*tags: int) -> list[tuple[str, int]]:
        return [(_text(content, table + v), table + v) for tag, v in entries if tag in tags]

    soname = next(iter(texts(_DT_SONAME)), (None, None))
    return SharedObject(
        needed=tuple(text for text, _ in texts(_DT_NEEDED)),
        search_path=tuple(folder for text, _ in texts(_DT_RPATH, _DT_RUNPATH) for folder in text.split(":")),
        lends_path=not texts(_DT_RUNPATH),
        name=soname[0],
        name_offset=soname[1],
    )


def renamed(content: bytes, name: str) -> bytes:
    """Return a copy of a shared library that answers to another, shorter name.

    Raises:
        ValueError: if it has no name, or one that is shorter than the new one.
    """
    library = read(content)
    if library.name is None or library.name_offset is None or len(library.name) < len(name):
        raise ValueError(f"{library.name} can't be renamed to {name} in place")
    start, end = library.name_offset, library.name_offset + len(library.name)
    return content[:start] + name.encode().ljust(end - start, b"\0") + content[end:]


def _program_headers(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield type, file offset, virtual address and size in the file of each segment."""
    (start,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for index in range(count):
        kind, _, offset, address, _, length, _, _ = _PROGRAM_HEADER.unpack_from(content, start + index * size)
        yield kind, offset, address, length


def _dynamic_entries(content: bytes) -> Iterator[tuple[int, int]]:
    for kind, offset, _, length in _program_headers(content):
        if kind != _PT_DYNAMIC:
            continue
        for tag, value in _DYNAMIC_ENTRY.iter_unpack(content[offset : offset + length]):
            if tag == 0:
                return
            yield tag, value


def _offset_of(content: bytes, address: int) -> int:
    for kind, offset, start, length in _program_headers(content):
        if kind == _PT_LOAD and start <= address < start + length:
            return offset + address - start
    raise ValueError(f"no segment holds address {address:#x}")


def _text(content: bytes, offset: int) -> str:
    return content[offset : content.index(b"\0", offset)].decode()
