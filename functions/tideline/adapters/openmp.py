"""Make OpenMP's runtime available to LightGBM, whose library needs `libgomp.so.1`.

Lambda's base image has none, so the training layer brings one in `lib`. Lambda itself searches
there (`LD_LIBRARY_PATH` has `/opt/lib`); where nobody does, as in the local cloud, the library is
loaded beforehand: the dynamic linker doesn't search for a name that is loaded already.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

NAME = "libgomp.so.1"


def ensure_openmp(folders: Iterable[Path] | None = None) -> None:
    """Load OpenMP's runtime unless the system finds it by itself; call before `import lightgbm`.

    Nothing is raised when there is none anywhere: LightGBM's own error names the library.

    Args:
        folders: Where to look; by default `lib` beside each folder that modules come from, which
            is where a layer has it, and `lib` of this environment.
    """
    if _loads(NAME):
        return
    for folder in folders if folders is not None else _library_folders():
        if (folder / NAME).is_file() and _loads(str(folder / NAME)):
            return


def _library_folders() -> Iterator[Path]:
    for entry in sys.path:
        yield Path(entry).parent / "lib"
    yield Path(sys.prefix) / "lib"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
