"""Rows to train on: synthetic ones with everything awkward in them, and the shared real data sets."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tideline.domain.encoding import Encoding, FeatureEncoding, Task

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("low", "middle", "high"),
    "regression": (),
}
ROOT = Path(__file__).parents[4]
SHARED_DATA = Path(os.environ.get("TIDELINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
COLOURS = 60


def number(name: str) -> FeatureEncoding:
    return FeatureEncoding(name=name, type="number")


def category(name: str, *vocabulary: str) -> FeatureEncoding:
    return FeatureEncoding(name=name, type="category", vocabulary=vocabulary)


def awkward_encoding(task: Task) -> Encoding:
    features = (
        number("steps"),
        number("outliers"),
        category("colour", *(f"colour {i}" for i in range(COLOURS))),
        number("constant"),
        number("all missing"),
        category("never there"),
        category("single", "only"),
        number("never missing"),
    )
    return Encoding(task=task, features=features, classes=CLASSES[task])


def awkward_rows(task: Task, *, n: int = 1500, seed: int = 0) -> tuple[Any, Any]:
    """Return a matrix of `awkward_encoding` and a target that depends on it."""
    random = np.random.default_rng(seed)
    matrix = np.full((n, 8), np.nan, np.float32)
    matrix[:, 0] = random.integers(0, 50, n) / 7
    matrix[:, 1] = np.where(random.random(n) < 0.01, 1e6, random.normal(size=n))
    matrix[:, 2] = random.integers(0, COLOURS, n)
    matrix[:, 3] = 0.1
    matrix[:, 6] = 0
    matrix[:, 7] = random.normal(size=n)
    for column in (0, 2, 6):
        matrix[random.random(n) < 0.1, column] = np.nan
    effect = np.random.default_rng(99).normal(scale=3, size=COLOURS)
    colour = np.where(np.isnan(matrix[:, 2]), 1.0, effect[np.nan_to_num(matrix[:, 2]).astype(int)])
    signal = np.nan_to_num(matrix[:, 0]) + colour + matrix[:, 7] + random.normal(size=n)
    return matrix, _target(task, signal)


def _target(task: Task, signal: NDArray[Any]) -> NDArray[np.float32]:
    if task == "binary":
        return (signal > 4).astype(np.float32)
    if task == "multiclass":
        return np.digitize(signal, [2, 6]).astype(np.float32)
    return signal.astype(np.float32)


def raw_features(matrix: Any, encoding: Encoding, *, missing: str = "") -> dict[str, NDArray[Any]]:
    """Return the matrix as the named arrays it stands for; NaN codes become `missing`."""
    columns = {}
    for column, feature in zip(matrix.T, encoding.features, strict=True):
        if feature.type == "number":
            columns[feature.name] = column
            continue
        texts = [missing if np.isnan(code) else feature.vocabulary[int(code)] for code in column]
        columns[feature.name] = np.array(texts, dtype=np.str_)
    return columns


def shared_rows(path: str) -> list[dict[str, str]]:
    """Return the rows of a shared data set, or skip the test where there is none."""
    file = SHARED_DATA / path
    if not file.is_file():
        pytest.skip(f"the shared data set {path} is not on this machine")
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def encode(rows: list[dict[str, str]], encoding: Encoding) -> Any:
    """Return the matrix of text rows; "" and "?" are missing, unknown values too."""
    return np.column_stack([_encode_column([row[f.name] for row in rows], f) for f in encoding.features])


def _encode_column(texts: Sequence[str], feature: FeatureEncoding) -> NDArray[np.float32]:
    if feature.type == "number":
        values = [np.nan if text in {"", "?"} else float(text) for text in texts]
    else:
        codes = {value: code for code, value in enumerate(feature.vocabulary)}
        values = [codes.get(text, np.nan) for text in texts]
    return np.array(values, dtype=np.float32)


def infer_encoding(
    rows: list[dict[str, str]], *, names: Sequence[str], task: Task, classes: tuple[str, ...] = ()
) -> Encoding:
    """Return an encoding: numbers where every value is one, else categories of all values seen."""
    return Encoding(
        task=task,
        features=tuple(_infer([row[name] for row in rows], name) for name in names),
        classes=classes,
    )


def _infer(texts: Sequence[str], name: str) -> FeatureEncoding:
    present = {text for text in texts if text not in {"", "?"}}
    try:
        _ = [float(text) for text in present]
    except ValueError:
        return category(name, *sorted(present))
    return number(name)
