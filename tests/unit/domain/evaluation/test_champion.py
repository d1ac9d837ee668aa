from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.champion import rows_for_champion, why_not_comparable
from tideline.domain.release.deployment import signature


def spec(task="binary", target="churned", **features):
    chosen = features or {"tenure": "number", "plan": "category"}
    return ModelSpec(
        model="churn",
        task=task,
        target=target,
        features={name: {"type": kind} for name, kind in chosen.items()},
    )


def encoding(of, classes):
    features = tuple(FeatureEncoding(name=name, type=rule.type) for name, rule in of.features.items())
    return Encoding(task=of.task, features=features, classes=classes)


def cause(theirs, ours, *, their_classes=("no", "yes"), our_classes=("no", "yes")):
    return why_not_comparable(
        signature(theirs, classes=their_classes),
        champion_spec=theirs,
        spec=ours,
        encoding=encoding(ours, our_classes),
    )


def test_the_same_question_is_comparable():
    assert cause(spec(), spec()) is None


def test_another_task_is_not():
    found = cause(spec(task="regression"), spec(), their_classes=())
    assert found == "its task is regression, not binary"


def test_another_target_is_not():
    assert cause(spec(target="left"), spec()) == "its target is 'left', not 'churned'"


def test_another_positive_class_is_not():
    found = cause(spec(), spec(), their_classes=("yes", "no"))
    assert found == "its positive class is 'no', not 'yes'"


def test_the_name_of_the_negative_class_does_not_matter():
    assert cause(spec(), spec(), their_classes=("not yes", "yes")) is None


def test_other_classes_are_not_and_the_cause_stays_short():
    many = tuple(f"class {i}" for i in range(9))
    found = cause(spec("multiclass"), spec("multiclass"), their_classes=many, our_classes=many[:2])
    assert found == (
        "its classes are 'class 0', 'class 1', 'class 2', 'class 3', 'class 4' and 4 more,"
        " not 'class 0', 'class 1'"
    )


def test_regression_has_no_classes_to_differ_in():
    assert cause(spec("regression"), spec("regression"), their_classes=(), our_classes=()) is None


@pytest.fixture
def taken():
    champion = spec(tenure="number", plan="number", city="category", age="number")
    ours = spec(tenure="number", plan="category")
    columns = {"tenure": np.array([1, 2], np.float32), "plan": np.array(["a", "b"])}
    return rows_for_champion(
        signature(champion, classes=("no", "yes")),
        columns=columns,
        encoding=encoding(ours, ("no", "yes")),
        rows=2,
    )


def test_features_that_the_holdout_lacks_or_has_as_another_type_are_named(taken):
    assert taken.missing == ("plan", "city", "age")


def test_they_are_passed_as_missing_and_the_others_as_they_are(taken):
    assert taken.columns["tenure"].tolist() == [1, 2]
    assert np.isnan(taken.columns["plan"]).all()
    assert np.isnan(taken.columns["age"]).all()
    assert taken.columns["city"].tolist() == ["", ""]
