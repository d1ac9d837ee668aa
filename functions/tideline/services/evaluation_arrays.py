"""What the evaluation reads of a run: the holdout, the training targets, the trainer's own answers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain import keys
from tideline.domain.encoding import Encoding
from tideline.domain.training.run import RunOrder
from tideline.ports import ObjectStore


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
    with _open(lake, order, "holdout.npz") as file:
        return Holdout(
            columns={name: file[f"f{index}"] for index, name in enumerate(encoding.names)},
            attributes={name: file[f"a{index}"] for index, name in enumerate(audit_columns)},
            y=file["y"],
        )


def read_training_targets(lake: ObjectStore, order: RunOrder) -> NDArray[np.float32]:
    """Return the targets of all training rows; the features stay unread."""
    with _open(lake, order, "train.npz") as file:
        return np.concatenate([file["y_fit"], file["y_valid"]])


def read_native(lake: ObjectStore, order: RunOrder) -> NDArray[np.floating]:
    """Return the trainer's own predictions on the holdout, shape ``(n, k)``."""
    with _open(lake, order, "native.npz") as file:
        return np.asarray(file["raw"])


def _open(lake: ObjectStore, order: RunOrder, name: str) -> Any:
    # No pickle: a file in the lake is data, never code.
    content = lake.read(keys.run_key(order.model, order.run_id, name))
    return np.load(io.BytesIO(content), allow_pickle=False)
