"""What the evaluation alone reads of a run: the whole holdout, and the trainer's own answers on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Encoding
from tideline.domain.training.run import RunOrder
from tideline.ports import ObjectStore
from tideline.services.training_arrays import open_arrays


@dataclass(frozen=True, eq=False)
class Holdout:
    """The holdout's rows, shape ``(n,)`` each.

    Attributes:
        columns: Raw features by name, what models see.
        attributes: Audit columns by name, what they don't: texts, an empty one for missing.
        y: Targets, class indices or numbers.
    """

    columns: Mapping[str, NDArray[Any]]
    attributes: Mapping[str, NDArray[Any]]
    y: NDArray[np.float32]

    @property
    def judged_columns(self) -> Mapping[str, NDArray[Any]]:
        """Both by name: what slices and groups are made of; no name is in both."""
        return {**self.columns, **self.attributes}


def read_holdout(
    lake: ObjectStore, order: RunOrder, encoding: Encoding, *, audit_columns: Sequence[str] = ()
) -> Holdout:
    """Return the frozen rows that no version trains on; audit columns are those of the run's spec."""
    with open_arrays(lake, order, "holdout.npz") as file:
        return Holdout(
            columns={name: file[f"f{index}"] for index, name in enumerate(encoding.names)},
            attributes={name: file[f"a{index}"] for index, name in enumerate(audit_columns)},
            y=file["y"],
        )


def read_native(lake: ObjectStore, order: RunOrder) -> NDArray[np.floating]:
    """Return the trainer's own predictions on the holdout, shape ``(n, k)``."""
    with open_arrays(lake, order, "native.npz") as file:
        return np.asarray(file["raw"])
