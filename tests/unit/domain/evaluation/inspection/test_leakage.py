from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.unit.adapters.training.samples import encode, infer_encoding, shared_rows
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.inspection.leakage import feature_strengths, suspect_warnings, suspects

N = 4_000
random = np.random.default_rng(0)
SIGNAL = random.normal(size=N)
LABELS = {
    "binary": (SIGNAL > 0.5).astype(np.float32),
    "multiclass": np.digitize(SIGNAL, [-0.5, 0.5]).astype(np.float32),
    "regression": SIGNAL.astype(np.float32),
}
CLASSES = {"binary": ("no", "yes"), "multiclass": ("low", "middle", "high"), "regression": ()}


def measured(task, y, *, kinds=None, **columns):
    features = tuple(
        FeatureEncoding(
            name=name,
            type=(kinds or {}).get(name, "number"),
            vocabulary=tuple(map(str, range(255))) if name in (kinds or {}) else (),
        )
        for name in columns
    )
    encoding = Encoding(task=task, features=features, classes=CLASSES[task])
    x = np.column_stack(list(columns.values())).astype(np.float32)
    return feature_strengths(x, y, encoding=encoding, seed=7)


def suspected(*args, **columns):
    return [one.feature for one in suspects(measured(*args, **columns))]


@pytest.mark.parametrize("task", list(LABELS))
def test_a_noisy_copy_of_the_target_is_suspected_and_an_honest_feature_is_not(task) -> None:
    y = LABELS[task]
    found = suspected(
        task,
        y,
        honest=SIGNAL + random.normal(size=N),
        copy=y + random.normal(scale=0.02, size=N),
        turned=-np.exp(y),
        identifier=np.arange(N),
        constant=np.ones(N),
        nothing=np.full(N, np.nan),
    )
    assert set(found) == {"copy", "turned"}


@pytest.mark.parametrize("task", list(LABELS))
def test_a_category_that_spells_the_target_is_suspected_and_one_of_its_own_for_every_row_is_not(task) -> None:
    y = LABELS[task]
    spelled = np.digitize(y, np.quantile(y, np.linspace(0, 1, 40)[1:-1]))
    found = suspected(
        task,
        y,
        kinds={"spelled": "category", "random": "category"},
        spelled=spelled,
        random=np.arange(N) % 255,
    )
    assert found == ["spelled"]


def test_what_is_missing_tells_too() -> None:
    y = LABELS["binary"]
    found = measured("binary", y, cancelled_at=np.where(y == 1, random.random(N), np.nan))
    assert found[0].value == 1
    assert len(suspects(found)) == 1


def test_a_rare_mark_of_a_rare_class_is_seen() -> None:
    y = (np.arange(N) % 250 == 0).astype(np.float32)
    assert suspected("binary", y, refunded=y * 7, honest=SIGNAL) == ["refunded"]


def test_the_auc_is_scikit_learns_for_a_feature_that_rises_with_the_target() -> None:
    y, column = LABELS["binary"], SIGNAL + np.random.default_rng(1).normal(size=N)
    (found,) = measured("binary", y, column=column)
    assert found.value == pytest.approx(roc_auc_score(y, column), abs=0.02)
    assert found.share == pytest.approx(2 * found.value - 1)
    assert found.threshold == 0.95


def test_accuracy_is_suspicious_only_beyond_the_most_frequent_class() -> None:
    y = np.where(np.arange(N) % 50 == 0, 1, 0).astype(np.float32)
    y[:10] = 2
    (found,) = measured("multiclass", y, noise=random.normal(size=N))
    assert found.value > 0.95
    assert found.share < 0.1
    assert not suspects([found])


@pytest.mark.parametrize("task", list(LABELS))
def test_one_class_or_value_tells_nothing(task) -> None:
    assert measured(task, np.ones(N, np.float32), x=SIGNAL) == ()
    assert measured(task, np.ones(1, np.float32), x=SIGNAL[:1]) == ()


def test_a_warning_names_the_feature_and_many_are_summed_up() -> None:
    y = LABELS["regression"]
    found = suspects(measured("regression", y, **{f"f{n:02d}": y for n in range(13)}))
    told = suspect_warnings(found, target="cnt")
    assert len(told) == 11
    assert told[0].startswith("'f00' alone nearly determines 'cnt' (r2 ")
    assert told[0].endswith("suspicious from 0.900): is it known before the outcome is?")
    assert told[10] == "3 more features alone nearly determine 'cnt'"


@pytest.mark.data
def test_the_parts_of_a_sum_are_suspected_on_bike_sharing() -> None:
    rows = shared_rows("bike-sharing/hour.csv")
    names = ("season", "hr", "workingday", "temp", "hum", "windspeed", "casual", "registered")
    encoding = infer_encoding(rows, names=names, task="regression", classes=())
    y = np.array([float(row["cnt"]) for row in rows], np.float32)
    found = feature_strengths(encode(rows, encoding), y, encoding=encoding, seed=7)
    assert [one.feature for one in suspects(found)] == ["registered", "casual"]
    assert max(one.value for one in found if one.feature not in ("registered", "casual")) < 0.7


@pytest.mark.data
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_suspected_on_adult(seed) -> None:
    rows = shared_rows("adult/adult_train.csv")
    names = tuple(name for name in rows[0] if name != "income")
    encoding = infer_encoding(rows, names=names, task="binary", classes=("<=50K", ">50K"))
    y = np.array([row["income"].startswith(">") for row in rows], np.float32)
    found = feature_strengths(encode(rows, encoding), y, encoding=encoding, seed=seed)
    assert len(found) == len(names)
    assert max(one.value for one in found) < 0.85
    assert suspects(found) == ()
