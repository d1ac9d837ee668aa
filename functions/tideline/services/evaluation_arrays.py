"""What the evaluation reads of a run: the holdout, the training targets, the trainer's own answers."""

from __future__ import annotations

import io
from collections.abc import Mapping
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
    """Raw features by name and targets, shape ``(n,)`` each."""

    columns: Mapping[str, NDArray[Any]]
    y: NDArray[np.float32]


def read_holdout(lake: ObjectStore, order: RunOrder, encoding: Encoding) -> Holdout:
    """Return the frozen rows that no version trains on."""
    with _open(lake, order, "holdout.npz") as file:
        columns = {name: file[f"f{index}"] for index, name in enumerate(encoding.names)}
        return Holdout(columns=columns, y=file["y"])


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
