"""Check that every shared library that a bundle needs is in it or in Lambda's base image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra import elf

# In Lambda's Amazon Linux 2023 images, and allowed by manylinux_2_28 (PEP 600) because every
# glibc system has them. Lambda lacks libgomp.so.1 and the X11 and GL libraries of that list.
IN_BASE_IMAGE = frozenset(
    {
        "ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2", "libc.so.6", "libdl.so.2",
        "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1", "libstdc++.so.6",
        "libutil.so.1", "libz.so.1",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MissingLibrary:
    """A shared library that would not be found when `needed_by` is loaded."""

    name: str
    needed_by: str


def missing_libraries(layer: Path) -> list[MissingLibrary]:
    """Return what is needed by the files of an unzipped layer and can't be found on Lambda.

    A library is found in the base image, in the layer's `lib` (which Lambda puts on
    `LD_LIBRARY_PATH` as `/opt/lib`), or in the search path of the file that needs it or of one
    that needs that file: ld.so(8) hands `DT_RPATH` down, and auditwheel builds on it.
    """
    shared = dict(_shared_objects(layer))
    return [
        MissingLibrary(name=name, needed_by=path.relative_to(layer).as_posix())
        for path, library in shared.items()
        for name in library.needed
        if name not in IN_BASE_IMAGE
        and not any((f / name).is_file() for f in (layer / "lib", *_search_path(path, shared)))
    ]


def _shared_objects(layer: Path) -> Iterator[tuple[Path, elf.SharedObject]]:
    for path in sorted(p for p in layer.rglob("*.so*") if p.is_file()):
        content = path.read_bytes()
        if elf.is_elf(content):
            yield path, elf.read(content)


def _search_path(path: Path, shared: Mapping[Path, elf.SharedObject]) -> Iterator[Path]:
    yield from _own_path(path, shared[path])
    for other, library in shared.items():
        if library.lends_path and path.name in library.needed:
            yield from _own_path(other, library)


def _own_path(path: Path, library: elf.SharedObject) -> Iterator[Path]:
    for folder in library.search_path:
        yield Path(folder.replace("$ORIGIN", str(path.parent)))
