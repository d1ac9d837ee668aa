from __future__ import annotations

import re

import pytest

from tideline.domain.training.training_needs import (
    MIN_CLASS_ROWS,
    MIN_HOLDOUT_CLASS_ROWS,
    MIN_HOLDOUT_ROWS,
    MIN_TRAINING_ROWS,
    Side,
    SplitCounts,
    TargetCounts,
    require_room,
    require_rows,
    require_spread,
    validation_fits,
)
from tideline.errors import TrainingImpossible


def by_label(fit: dict[str, int], validation: dict[str, int], holdout: dict[str, int]) -> TargetCounts:
    return TargetCounts(
        rows={},
        labels={Side.FIT: fit, Side.VALIDATION: validation, Side.HOLDOUT: holdout},
        spread={},
    )


def by_value(**spread: tuple[float, float]) -> TargetCounts:
    sides = {Side[name.upper()]: values for name, values in spread.items()}
    return TargetCounts(rows=dict.fromkeys(sides, 12), labels={}, spread=sides)


ENOUGH = {"no": MIN_CLASS_ROWS, "yes": MIN_CLASS_ROWS}
ENOUGH_HELD = {"no": MIN_HOLDOUT_CLASS_ROWS, "yes": MIN_HOLDOUT_CLASS_ROWS}


def test_just_enough_rows_are_enough() -> None:
    require_rows(SplitCounts(training=MIN_TRAINING_ROWS, holdout=MIN_HOLDOUT_ROWS, waiting=0))


@pytest.mark.parametrize(
    ("training", "holdout", "needed"),
    [
        (MIN_TRAINING_ROWS - 1, 500, "at least 100 training rows are needed"),
        (5_000, MIN_HOLDOUT_ROWS - 1, "at least 20 holdout rows are needed"),
        (5_000, 0, "name their `entity` or `time`"),
    ],
)
def test_too_few_rows_are_refused_with_what_to_do(training: int, holdout: int, needed: str) -> None:
    with pytest.raises(TrainingImpossible, match=needed):
        require_rows(SplitCounts(training=training, holdout=holdout, waiting=0))


def test_rows_that_wait_are_told_of() -> None:
    with pytest.raises(TrainingImpossible, match="49 rows wait"):
        require_rows(SplitCounts(training=0, holdout=0, waiting=49))


def test_just_enough_of_both_classes_is_enough() -> None:
    counts = by_label(ENOUGH, {"no": 1, "yes": 1}, ENOUGH_HELD)
    require_spread("y", "binary", counts=counts, classes=("no", "yes"))


@pytest.mark.parametrize(
    ("counts", "side"),
    [
        (by_label({"no": 900, "yes": MIN_CLASS_ROWS - 1}, ENOUGH, ENOUGH_HELD), "fit"),
        (by_label(ENOUGH, {"no": 50}, ENOUGH_HELD), "validation"),
        (by_label(ENOUGH, ENOUGH, {"no": 900, "yes": MIN_HOLDOUT_CLASS_ROWS - 1}), "holdout"),
    ],
)
def test_a_side_with_too_few_of_a_class_is_refused(counts: TargetCounts, side: str) -> None:
    with pytest.raises(TrainingImpossible, match=f"the {side} rows hold"):
        require_spread("y", "binary", counts=counts, classes=("no", "yes"))


def test_several_negative_labels_count_together() -> None:
    parts = {"lost": 15, "open": 15, "won": MIN_CLASS_ROWS}
    counts = by_label(parts, parts, parts)
    require_spread("y", "binary", counts=counts, classes=("not won", "won"))
    assert validation_fits("binary", counts, ("not won", "won"))


def test_a_rare_class_beside_two_frequent_ones_does_not_stop_training() -> None:
    labels = {"a": 100, "b": 100, "rare": 1}
    require_spread("y", "multiclass", counts=by_label(labels, labels, labels), classes=("a", "b", "rare"))


@pytest.mark.parametrize("side", ["fit", "validation", "holdout"])
def test_a_side_whose_values_are_all_equal_is_refused(side: str) -> None:
    spread = dict.fromkeys(("fit", "validation", "holdout"), (0.0, 9.0)) | {side: (3.5, 3.5)}
    with pytest.raises(TrainingImpossible, match=re.escape(f"all 12 {side} rows have the same 'y', 3.5")):
        require_spread("y", "regression", counts=by_value(**spread), classes=())


def test_a_side_without_values_is_refused() -> None:
    with pytest.raises(TrainingImpossible, match="all 0 holdout rows"):
        require_spread("y", "regression", counts=by_value(fit=(0, 9), validation=(0, 9)), classes=())


def test_validation_needs_two_classes_or_two_values() -> None:
    assert not validation_fits("binary", by_label({}, {"no": 50}, {}), ("no", "yes"))
    assert not validation_fits("regression", by_value(validation=(2, 2)), ())
    assert validation_fits("regression", by_value(validation=(2, 3)), ())


def test_arrays_that_do_not_fit_are_refused_with_a_window_that_does() -> None:
    require_room(rows=1_000, columns=9, room_bytes=40_000)
    with pytest.raises(TrainingImpossible, match=r"last_rows: 990\}"):
        require_room(rows=1_001, columns=9, room_bytes=39_999)
