from __future__ import annotations

from typing import Any

import pytest

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.training.classes import MAX_CLASSES, class_order
from tideline.errors import TrainingImpossible


def spec(task: str = "binary", **fields: Any) -> ModelSpec:
    return ModelSpec.model_validate(
        {"model": "ebb", "task": task, "target": "y", "features": {"a": {"type": "number"}}, **fields}
    )


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["0", "1"], ("0", "1")),
        (["true", "false"], ("false", "true")),
        (["Yes", "No"], ("No", "Yes")),
        (["1", "-1"], ("-1", "1")),
    ],
)
def test_the_positive_class_is_found_where_it_says_so(labels: list[str], classes: tuple[str, ...]) -> None:
    assert class_order(spec(), labels) == classes


def test_the_spec_decides_what_is_positive() -> None:
    assert class_order(spec(positive="0"), ["0", "1"]) == ("1", "0")


def test_several_other_labels_are_one_negative_class() -> None:
    assert class_order(spec(positive="won"), ["won", "lost", "open"]) == ("not won", "won")


@pytest.mark.parametrize("labels", [["a", "b"], ["1", "0", "2"], ["1", "yes"]])
def test_without_a_telling_label_the_spec_must_say_it(labels: list[str]) -> None:
    with pytest.raises(TrainingImpossible, match="set `positive`"):
        class_order(spec(), labels)


def test_a_positive_label_that_never_occurs_is_named_with_those_that_do() -> None:
    with pytest.raises(TrainingImpossible, match=r"no row has the positive label 'won' .* 'lost', 'open'"):
        class_order(spec(positive="won"), ["lost", "open"])


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_one_label_is_nothing_to_tell_apart(task: str) -> None:
    with pytest.raises(TrainingImpossible, match="every row has the same 'y', 'left'"):
        class_order(spec(task), ["left"])


def test_multiclass_labels_are_sorted() -> None:
    assert class_order(spec("multiclass"), {"c", "a", "B"}) == ("B", "a", "c")


def test_an_identifier_is_no_class() -> None:
    with pytest.raises(TrainingImpossible, match="is it an identifier"):
        class_order(spec("multiclass"), [f"id{i}" for i in range(MAX_CLASSES + 1)])


def test_regression_has_no_classes() -> None:
    assert class_order(spec("regression"), []) == ()
