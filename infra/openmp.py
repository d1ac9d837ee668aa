"""GNU's OpenMP runtime, which LightGBM needs and neither Lambda nor every machine has.

LightGBM's wheel needs `libgomp.so.1` of the system. scikit-learn's wheel, which the tests are
locked to anyway, brings one for every processor under a mangled name. Given its own name back, it
satisfies LightGBM both from a library path (a layer's `lib`) and when loaded beforehand.

Run as a module, it puts one into this environment's `lib` for machines that have none.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra import elf

NAME = "libgomp.so.1"
CARRIER = "scikit-learn"
_INSIDE_CARRIER = "scikit_learn.libs/libgomp-*.so.1*"


def extract(installed: Path, *, to: Path) -> Path:
    """Copy the runtime out of a folder that scikit-learn is installed in.

    Args:
        installed: A `site-packages`, or the target folder of an installation.
        to: Folder that gets the library, under its own name.

    Raises:
        FileNotFoundError: if scikit-learn's wheel doesn't bring one.
    """
    carried = next(iter(sorted(installed.glob(_INSIDE_CARRIER))), None)
    if carried is None:
        raise FileNotFoundError(f"no {_INSIDE_CARRIER} in {installed}")
    to.mkdir(parents=True, exist_ok=True)
    library = to / NAME
    library.write_bytes(elf.renamed(carried.read_bytes(), NAME))
    return library


if __name__ == "__main__":
    for _entry in map(Path, sys.path):
        if any(_entry.glob(_INSIDE_CARRIER)):
            extract(_entry, to=Path(sys.prefix) / "lib")
            break
