"""The look at a model, on arrays that a real preparation wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.services.preparing import START, Bench, Row
from tideline.domain.evaluation.inspection.overlap import overlapping_rows
from tideline.domain.training.run import FittedModel, RunOrder
from tideline.services.evaluation_arrays import read_holdout
from tideline.services.inspect_model import Inspected, inspect_model
from tideline.services.training_arrays import read_encoding, read_training_arrays

FEATURES = {"size": {"type": "number"}, "place": {"type": "category"}, "empty": {"type": "category"}}
LABELS: dict[str, list[Any]] = {
    "binary": ["0", "1"],
    "multiclass": ["a", "b", "c"],
    "regression": [1.0, 2.0, 3.0, 4.0],
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def alike(rows: int, *, places: int = 12, labels: list[Any]) -> list[Row]:
    """Rows of which many are equal in everything but their own time and id."""
    random = np.random.default_rng(0)
    drawn = zip(random.integers(0, 10, rows), random.integers(0, places, rows), strict=True)
    return [
        {
            "size": None if size == 9 else float(size),
            "place": None if place == 0 else f"p{place}",
            "y": labels[(size + place) % len(labels)] if random.random() < 0.7 else labels[0],
            "t": (START + timedelta(hours=number)).replace(tzinfo=None),
            "id": f"id{number}",
        }
        for number, (size, place) in enumerate(drawn)
    ]


def inspected(bench: Bench, order: RunOrder, *, outputs: int) -> Inspected:
    """A model that answers by the size, over what was prepared."""
    spec = bench.specs[-1]
    encoding = read_encoding(bench.lake, order)
    holdout = read_holdout(bench.lake, order, encoding, audit_columns=spec.audit_columns)

    def predict(columns: Any) -> Any:
        size = np.nan_to_num(columns["size"].astype(float), nan=5.0)[:, None]
        if encoding.task == "regression":
            return size.astype(np.float32)
        odds = np.exp(-np.abs(size - np.linspace(0, 9, outputs)))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)

    return Inspected(
        spec=spec,
        encoding=encoding,
        fitted=FittedModel(sha256="", size_bytes=99, trainer="t", parameters={}, rounds=1, score=0),
        holdout=holdout,
        training=read_training_arrays(bench.lake, order),
        raw=predict(holdout.columns),
        predict=predict,
        seed=order.seed,
    )


def prepared(
    bench: Bench, *, task: str = "binary", rows: int = 3_000, places: int = 12, **fields: Any
) -> Inspected:
    bench.apply(task=task, features=FEATURES, **fields)
    bench.drop(alike(rows, places=places, labels=LABELS[task]), days=365)
    order, _ = bench.run()
    return inspected(bench, order, outputs=len(LABELS[task]))


@pytest.mark.parametrize("task", list(LABELS))
def test_every_task_has_a_look_with_features_that_are_missing_throughout(bench: Bench, task: str) -> None:
    model = prepared(bench, task=task)
    found = inspect_model(model)
    assert len(found.calibration) == {"binary": 1, "multiclass": 3, "regression": 0}[task]
    assert {one.feature for one in found.importance} == set(FEATURES)
    assert {(one.feature, one.kind) for one in found.sensitivity} == {
        *((name, "missing") for name in FEATURES),
        ("place", "unseen"),
        ("empty", "unseen"),
    }
    assert (found.size_bytes, found.leakage_suspects, found.warnings) == (99, (), ())
    assert inspect_model(model) == found


def test_a_split_by_hash_leaves_no_row_on_both_sides(bench: Bench) -> None:
    model = prepared(bench)
    assert inspect_model(model).overlap_rows == 0
    # The same rows dealt out without a thought are on both.
    (x, y), _ = model.training.parts
    places = np.array([*model.encoding.features[1].vocabulary, ""])
    half = {
        "size": x[::2, 0],
        "place": places[np.nan_to_num(x[::2, 1], nan=-1).astype(int)],
        "empty": np.full(len(x[::2]), ""),
    }
    dealt = [(x[1::2], y[1::2])]
    assert overlapping_rows(half, y[::2], training=dealt, encoding=model.encoding) > 800


def test_nor_do_rows_whose_categories_the_encoding_does_not_keep(bench: Bench) -> None:
    model = prepared(bench, rows=8_000, places=600)
    assert len(model.encoding.features[1].vocabulary) == 255
    assert inspect_model(model).overlap_rows == 0


@pytest.mark.parametrize(
    ("split", "words"),
    [({"time": "t"}, "may be other events"), ({"entity": "id"}, "belong to other entities")],
)
def test_other_splits_may_leave_rows_that_look_the_same(bench: Bench, split: Any, words: str) -> None:
    found = inspect_model(prepared(bench, **split))
    assert found.overlap_rows is not None
    assert found.overlap_rows > 100
    assert words in found.warnings[0]


def test_audit_columns_stand_beside_and_are_not_looked_at(bench: Bench) -> None:
    model = prepared(bench, evaluation={"fairness": {"attributes": ["id"]}})
    assert list(model.holdout.attributes) == ["id"]
    assert {one.feature for one in inspect_model(model).importance} == set(FEATURES)


def test_a_metric_that_means_nothing_on_the_rows_is_told(bench: Bench) -> None:
    model = prepared(bench)
    one_class = replace(model, holdout=replace(model.holdout, y=np.zeros_like(model.holdout.y)))
    found = inspect_model(one_class)
    assert found.importance == ()
    assert {one.drop for one in found.sensitivity} == {None}
    assert f"roc_auc means nothing on the {len(model.holdout.y):,} rows looked at" in found.warnings[-1]


def test_a_sample_of_training_rows_keeps_features_with_their_targets(bench: Bench) -> None:
    training = prepared(bench, task="regression").training
    paired = {(*map(str, x), str(y)) for part in training.parts for x, y in zip(*part, strict=True)}
    x, y = training.sample(500, seed=3)
    assert (x.shape, y.shape) == ((500, 3), (500,))
    assert {(*map(str, row), str(one)) for row, one in zip(x, y, strict=True)} <= paired
    assert len(training.sample(10**6, seed=3)[1]) == len(training.y_all)
