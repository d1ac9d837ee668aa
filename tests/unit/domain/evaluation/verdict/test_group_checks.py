from __future__ import annotations

import pytest

from tests.unit.domain.evaluation.samples import fairness, finding, slices
from tideline.domain.evaluation.groups.slices import SliceReport
from tideline.domain.evaluation.verdict.group_checks import SliceCheck


def report(*findings):
    return SliceReport(
        metric="roc_auc", alpha=0.025, margin=0.005, min_rows=100, slices=findings, too_small=4
    )


def test_a_slice_that_blocks_is_named_with_rows_difference_and_interval():
    check = SliceCheck.of(report(finding(), finding("age 20 to 30", 0.01, blocks=False)), version=3)
    assert (check.outcome, check.tested, check.unjudged) == ("failed", 2, 0)
    assert check.text == (
        "worse than version 3 on sex = Female (1,234 rows): roc_auc difference -0.05, 95 % interval -0.07 to"
        " -0.03, adjusted p 0.0012"
    )


def test_the_worst_slices_come_first_and_the_rest_is_counted():
    check = SliceCheck.of(report(*(finding(f"s{n}", -n / 100) for n in range(1, 6))), version=3)
    assert [found.name for found in check.blocking] == ["s5", "s4", "s3", "s2", "s1"]
    assert "s5" in check.text
    assert "s2" not in check.text
    assert check.text.endswith("; and 2 more")


def test_slices_that_hold_are_counted_with_those_that_could_not_be_told():
    assert slices().outcome == "passed"
    assert slices().text == (
        "not significantly worse than version 3 on any of 12 slices (Holm, 2.5 %); 2 could not be tested, 5"
        " have too few rows"
    )


def test_slices_are_asked_for_and_none_could_be_tested():
    assert slices(tested=0).outcome == "inconclusive"
    assert slices(tested=0).text.startswith("no slice could be tested; 2 could not")


def test_without_a_champion_slices_are_measured_and_stand_in_nobodys_way():
    assert slices(tested=0, version=None).outcome == "passed"
    assert "measured, not tested" in slices(tested=0, version=None).text


@pytest.mark.parametrize(
    ("gap", "outcome"),
    [(0.1, "passed"), (0.101, "inconclusive"), (0.12, "inconclusive"), (0.121, "failed")],
)
def test_a_gap_over_the_most_allowed_blocks_for_sure_only_beyond_chance(gap, outcome):
    assert fairness(gap).outcome == outcome


def test_a_gap_names_its_groups_and_a_missing_one_its_cause():
    assert fairness(0.2).text == (
        "true positive rate by sex: Male and missing differ by 0.2 (95 % interval 0.18 to 0.22), over the"
        " most allowed, 0.1"
    )
    assert fairness(None).text == (
        "the true positive rate by sex could not be judged: the holdout has no such column"
    )
