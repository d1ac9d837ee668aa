from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.contract.spec import FairnessSpec
from tideline.domain.evaluation.groups.group_rates import measure_fairness

SEX = np.array(["F"] * 200 + ["M"] * 200)
Y = np.array([1.0, 0.0] * 200)


def answers(yes):
    """Return probabilities of a model that says yes on some rows."""
    positive = np.where(yes, 0.8, 0.1)
    return np.column_stack([1 - positive, positive])


def measured(yes=Y == 1, *, columns=None, y=Y, **rules):
    found = measure_fairness(
        "binary",
        y=y,
        raw=answers(yes),
        columns={"sex": SEX} if columns is None else columns,
        rules=FairnessSpec(**{"attributes": ["sex"]} | rules),
        confidence=0.95,
    )
    return {(one.attribute, one.metric): one for one in found}


def test_all_three_rates_are_told_and_one_is_judged():
    found = measured()
    assert [metric for _, metric in found] == ["selection_rate", "true_positive_rate", "false_positive_rate"]
    assert [one.max_gap for one in found.values()] == [None, 0.10, None]


def test_rates_of_groups_are_of_the_rows_they_speak_of():
    missed = (SEX == "F") & (np.arange(400) % 4 == 0)
    found = measured((Y == 1) & ~missed)
    by_group = {one.group: one for one in found["sex", "true_positive_rate"].groups}
    assert (by_group["F"].rate.estimate, by_group["F"].rows) == (0.5, 100)
    assert (by_group["M"].rate.estimate, by_group["M"].rows) == (1.0, 100)
    gap = found["sex", "true_positive_rate"]
    assert (gap.highest, gap.lowest, gap.gap.estimate) == ("M", "F", 0.5)
    assert gap.gap.low > 0.35
    assert found["sex", "selection_rate"].gap.estimate == pytest.approx(0.25)
    assert found["sex", "false_positive_rate"].gap.estimate == 0


def test_a_small_group_is_told_and_does_not_count():
    sex = SEX.copy()
    sex[:40] = ""
    found = measured((Y == 1) & (sex != ""), columns={"sex": sex})["sex", "true_positive_rate"]
    missing = next(one for one in found.groups if one.group == "")
    assert (missing.rows, missing.rate.estimate, missing.unjudged) == (20, 0.0, "fewer than 30 rows")
    assert found.gap.estimate == 0


def test_a_group_without_positives_has_no_rate():
    found = measured(y=np.where(SEX == "F", 0.0, Y))["sex", "true_positive_rate"]
    assert next(one for one in found.groups if one.group == "F").rate is None
    assert found.gap is None
    assert found.unjudged == "fewer than two groups have 30 rows of which it speaks"


def test_an_attribute_that_the_holdout_lacks_is_told():
    found = measured(attributes=["gender"])["gender", "true_positive_rate"]
    assert (found.gap, found.groups, found.unjudged) == (None, (), "the holdout has no such column")


def test_a_number_makes_groups_by_its_ranges():
    found = measured(columns={"age": np.arange(400.0)}, attributes=["age"])["age", "selection_rate"]
    assert [one.group for one in found.groups] == ["0 to 99", "100 to 199", "200 to 299", "300 to 399"]


def test_regression_tells_who_is_overrated():
    y = np.random.default_rng(0).normal(size=400)
    raw = (y + np.where(SEX == "F", 0.5, -0.25) + np.random.default_rng(1).normal(size=400) * 0.1)[:, None]
    (found,) = measure_fairness(
        "regression",
        y=y,
        raw=raw,
        columns={"sex": SEX},
        rules=FairnessSpec(attributes=("sex",), metric="mean_error", max_gap=2.0),
        confidence=0.95,
    )
    assert (found.metric, found.highest, found.lowest) == ("mean_error", "F", "M")
    assert found.gap.low < 0.75 < found.gap.high
    assert found.gap.high - found.gap.low < 0.06
