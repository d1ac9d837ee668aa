"""Files of arrays as `numpy.load` reads them: no pickle, and the same arrays give the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Zip's earliest date: the file does not tell when it was written.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_npz(path: Path, arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """Write arrays one after the other, so that only one of them need be there at a time.

    Raises:
        ValueError: if an array holds objects, which would need pickle.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays:
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            with archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
