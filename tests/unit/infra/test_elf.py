from __future__ import annotations

import struct

import pytest

from infra import elf


def shared_object(
    *, needed: tuple[str, ...] = (), name: str = "", rpath: str = "", runpath: str = ""
) -> bytes:
    """Write the smallest ELF file with a dynamic section: one segment, addresses shifted by a page."""
    texts = b"\0"
    entries = []
    tagged = [(1, n) for n in needed] + [(14, name), (15, rpath), (29, runpath)]
    for tag, text in tagged:
        if text:
            entries.append((tag, len(texts)))
            texts += text.encode() + b"\0"
    shift, headers = 0x1000, 64 + 2 * 56
    dynamic = headers + len(texts)
    entries += [(5, headers + shift), (0, 0)]
    section = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    size = dynamic + len(section)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, shift, shift, size, size, 0x1000)
    place = dynamic, dynamic + shift, dynamic + shift
    dynamic_segment = struct.pack("<IIQQQQQQ", 2, 6, *place, len(section), len(section), 8)
    return header + load + dynamic_segment + texts + section


def test_what_the_linker_reads_is_read() -> None:
    library = elf.read(
        shared_object(needed=("libc.so.6", "libgomp.so.1"), name="liba.so", rpath="$ORIGIN:/x")
    )

    assert library.needed == ("libc.so.6", "libgomp.so.1")
    assert library.name == "liba.so"
    assert library.search_path == ("$ORIGIN", "/x")
    assert library.lends_path


def test_a_runpath_is_not_lent() -> None:
    assert not elf.read(shared_object(runpath="$ORIGIN")).lends_path


def test_a_renamed_library_answers_to_its_new_name_and_is_otherwise_the_same() -> None:
    before = shared_object(needed=("libc.so.6",), name="libgomp-e985bcbb.so.1.0.0")

    after = elf.renamed(before, "libgomp.so.1")

    assert elf.read(after).name == "libgomp.so.1"
    assert elf.read(after).needed == ("libc.so.6",)
    assert len(after) == len(before)


def test_a_longer_name_does_not_fit() -> None:
    with pytest.raises(ValueError, match="in place"):
        elf.renamed(shared_object(name="a.so"), "longer.so")


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh", b"\x7fELF\x01\x01"])
def test_anything_else_is_refused(content: bytes) -> None:
    assert not elf.is_elf(content)
    with pytest.raises(ValueError, match="not a 64-bit"):
        elf.read(content)
