from __future__ import annotations

import math

import numpy as np
import pytest

from tideline.domain.evaluation.groups.slice_judging import SliceRules, judge_slices, slice_resamples
from tideline.domain.evaluation.groups.slicing import slice_rows
from tideline.domain.evaluation.inference.comparison import Contest
from tideline.domain.evaluation.inference.paired import Pair

ROWS = 3000
SEX = np.array(["F", "M", "M"] * (ROWS // 3))
Y = np.random.default_rng(1).permutation((np.arange(ROWS) % 4 == 0).astype(float))


def outputs(y, *, seed, noise):
    score = 2 * y - 1 + np.random.default_rng(seed).normal(size=len(y)) * noise
    p = 1 / (1 + np.exp(-score))
    return np.column_stack([1 - p, p])


def contest(y=Y, *, worse_on=None, champion=True, task="binary"):
    noise = np.where(worse_on == SEX, 3.0, 1.0)
    return Contest(
        task=task,
        y=y,
        candidate=outputs(y, seed=1, noise=noise),
        champion=outputs(y, seed=2, noise=1.0) if champion else None,
        constant=np.array([1.0, 0.0]),
    )


def judged(found, *, metric="roc_auc", margin=0.005, columns=None):
    rules = SliceRules(
        metric=metric, margin=margin, confidence=0.95, min_rows=100, seed=0, classes=("no", "yes")
    )
    cut = slice_rows(columns or {"sex": SEX}, ["sex"], min_rows=100)
    report = judge_slices(found, cut, rules=rules)
    return {finding.name: finding for finding in report.slices}, report


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "neg_log_loss", "average_precision", "f1"])
def test_a_slice_that_got_worse_blocks_and_the_others_do_not(metric):
    found, report = judged(contest(worse_on="F"), metric=metric)
    assert found["sex = F"].blocks
    assert not found["sex = M"].blocks
    assert found["sex = F"].rows == 1000
    assert found["sex = F"].difference.high < 0
    assert found["sex = F"].p_adjusted <= report.alpha == pytest.approx(0.025)


def test_equivalent_models_block_nowhere():
    found, _ = judged(contest())
    assert not any(finding.blocks for finding in found.values())
    assert all(finding.p_value <= finding.p_adjusted <= 1 for finding in found.values())


def test_a_loss_within_the_margin_does_not_block_however_sure_it_is():
    found, report = judged(contest(worse_on="F"), margin=0.5)
    assert found["sex = F"].p_adjusted <= report.alpha
    assert not found["sex = F"].blocks


def test_without_a_champion_slices_are_measured_and_not_tested():
    found, _ = judged(contest(champion=False))
    one = found["sex = F"]
    assert 0.8 < one.candidate.low < one.candidate.high < 1
    assert (one.champion, one.difference, one.p_value, one.blocks) == (None, None, None, False)
    assert one.unjudged == "there is no version to compare with"


def test_a_slice_with_no_positives_is_named_with_the_reason():
    found, _ = judged(contest(np.where(SEX == "F", 0.0, Y), worse_on="F"))
    one = found["sex = F"]
    assert one.unjudged == "none of its rows is 'yes': roc_auc means nothing there"
    assert (one.candidate, one.p_value, one.blocks) == (None, None, False)
    assert found["sex = M"].p_adjusted == found["sex = M"].p_value


def test_a_slice_with_a_handful_of_positives_is_measured_and_not_tested():
    y = np.where((SEX == "F") & (np.arange(ROWS) > 90), 0.0, Y)
    found, _ = judged(contest(y, worse_on="F"))
    one = found["sex = F"]
    assert one.candidate is not None
    assert one.p_value is None
    assert "of its rows are 'yes': at least 10 are needed to test" in one.unjudged


def test_a_metric_that_needs_no_second_class_judges_a_slice_of_one():
    found, _ = judged(contest(np.where(SEX == "F", 0.0, Y)), metric="accuracy")
    assert found["sex = F"].unjudged is None


def test_the_same_seed_gives_the_same_report():
    assert judged(contest())[1] == judged(contest())[1]


def test_large_holdouts_get_fewer_resamples_down_to_what_a_standard_error_needs():
    assert slice_resamples(1_000) == 1_000
    assert slice_resamples(100_000) == 500
    assert slice_resamples(10**9) == 200


def test_a_slice_whose_resamples_give_no_p_value_is_unjudged_and_takes_nothing_from_the_others(monkeypatch):
    whole, _ = judged(contest(worse_on="F"))
    p_no_worse = Pair.p_no_worse
    monkeypatch.setattr(
        Pair,
        "p_no_worse",
        lambda self, *given, **named: math.nan if len(self.y) == 2000 else p_no_worse(self, *given, **named),
    )
    found, _ = judged(contest(worse_on="F"))
    (unjudged, one) = found["sex = M"], found["sex = F"]
    assert unjudged.unjudged == "its resamples give no p-value"
    assert (unjudged.p_value, unjudged.p_adjusted, unjudged.blocks) == (None, None, False)
    assert one.blocks
    assert one.p_adjusted == one.p_value <= whole["sex = F"].p_adjusted
