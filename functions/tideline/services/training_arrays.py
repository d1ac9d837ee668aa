"""The arrays that a run's prepare stage left in the lake; no pickle is ever read."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tideline.domain import keys
from tideline.domain.encoding import Encoding
from tideline.domain.training.matrix import Floats
from tideline.domain.training.profile import ReferenceProfile
from tideline.domain.training.run import RunOrder
from tideline.ports import ObjectStore


@dataclass(frozen=True)
class TrainingArrays:
    """Rows to fit on and rows to validate on, encoded: ``(n, n_features)`` and ``(n,)``."""

    x_fit: Floats
    y_fit: Floats
    x_valid: Floats
    y_valid: Floats

    @property
    def x_all(self) -> Floats:
        """Both, for the final fit."""
        return np.concatenate([self.x_fit, self.x_valid])

    @property
    def y_all(self) -> Floats:
        """Targets of both."""
        return np.concatenate([self.y_fit, self.y_valid])

    @property
    def parts(self) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Features and targets of either, for who need not have them in one piece."""
        return (self.x_fit, self.y_fit), (self.x_valid, self.y_valid)

    def sample(self, most: int, *, seed: int) -> tuple[Floats, Floats]:
        """Return features and targets of at most so many rows of both, drawn without replacement."""
        rows, fitted = len(self.y_fit) + len(self.y_valid), len(self.y_fit)
        chosen = np.sort(np.random.default_rng(seed).choice(rows, min(most, rows), replace=False))
        fit, valid = chosen[chosen < fitted], chosen[chosen >= fitted] - fitted
        return (
            np.concatenate([self.x_fit[fit], self.x_valid[valid]]),
            np.concatenate([self.y_fit[fit], self.y_valid[valid]]),
        )


def read_encoding(lake: ObjectStore, order: RunOrder) -> Encoding:
    """Return the run's encoding."""
    content = lake.read(keys.run_key(order.model, order.run_id, "encoding.json"))
    return Encoding.model_validate_json(content)


def read_profile(lake: ObjectStore, order: RunOrder) -> ReferenceProfile:
    """Return what the run's training rows looked like."""
    content = lake.read(keys.run_key(order.model, order.run_id, "profile.json"))
    return ReferenceProfile.model_validate_json(content)


def read_training_arrays(lake: ObjectStore, order: RunOrder) -> TrainingArrays:
    """Return the run's training arrays."""
    with open_arrays(lake, order, "train.npz") as file:
        return TrainingArrays(file["X_fit"], file["y_fit"], file["X_valid"], file["y_valid"])


def read_holdout_columns(
    lake: ObjectStore, order: RunOrder, encoding: Encoding
) -> dict[str, NDArray[np.generic]]:
    """Return the holdout's raw features by name, shape ``(n,)`` each."""
    with open_arrays(lake, order, "holdout.npz") as file:
        return {name: file[f"f{index}"] for index, name in enumerate(encoding.names)}


def open_arrays(lake: ObjectStore, order: RunOrder, name: str) -> np.lib.npyio.NpzFile:
    """Return a file of arrays; without pickle, for a file in the lake is data, never code."""
    content = lake.read(keys.run_key(order.model, order.run_id, name))
    return np.load(io.BytesIO(content), allow_pickle=False)  # type: ignore[no-any-return]
