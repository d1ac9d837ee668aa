"""Failures, latency, answers, quality and agreement, each on calls that are easy to judge by eye."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.fakes.calls import calls, evidence
from tideline.domain.release.judging.agreement import describe_agreement
from tideline.domain.release.judging.answers import compare_answers, cut_points
from tideline.domain.release.judging.evidence import CALIBRATION_CALLS
from tideline.domain.release.judging.failures import compare_failures
from tideline.domain.release.judging.latency import compare_latency
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.quality import QualityRule, compare_quality
from tideline.domain.release.judging.rates import Tally, evidence_of_excess

LEVEL = Level(0.05).split(12)
CLASSES = QualityRule(margin=0.05, superior=False, metric="roc_auc", regression=False)
NUMBERS = QualityRule(margin=1.0, superior=False, metric="neg_mean_absolute_error", regression=True)


def test_failing_half_of_the_calls_is_certainly_worse() -> None:
    check = compare_failures(evidence(calls(900, failed=2), calls(60, failed=30)), level=LEVEL, allowed=0.01)

    assert check.verdict == "worse"
    assert check.challenger == 0.5
    assert "30 of 60 calls (50 %)" in check.text
    assert "allowed are 1" in check.text


def test_failing_as_often_as_the_champion_is_not_worse_once_there_are_many_calls() -> None:
    few = evidence(calls(500, failed=5), calls(50))
    many = evidence(calls(9000), calls(9000))

    assert compare_failures(few, level=LEVEL, allowed=0.01).verdict == "undecided"
    assert compare_failures(many, level=LEVEL, allowed=0.01).verdict == "not_worse"


def test_without_champion_calls_failures_are_compared_with_none() -> None:
    alone = evidence(calls(0), calls(100, failed=50))

    check = compare_failures(alone, level=LEVEL, allowed=0.01)
    assert (check.verdict, check.champion) == ("worse", None)
    assert "nobody called it" in check.text
    assert compare_failures(evidence(calls(0), calls(0)), level=LEVEL, allowed=0.01).verdict == "undecided"


def test_a_version_three_times_as_slow_is_worse() -> None:
    random = np.random.default_rng(1)
    slow = evidence(
        calls(900, latency_ms=random.lognormal(2, 0.3, 900)),
        calls(150, latency_ms=3 * random.lognormal(2, 0.3, 150)),
    )

    check = compare_latency(slow, level=LEVEL, allowed=2.0)
    assert check.verdict == "worse"
    assert "times as long, allowed are 2" in check.text


def test_latencies_that_were_not_measured_do_not_count() -> None:
    some = np.where(np.arange(300) % 2, np.nan, 10.0)
    check = compare_latency(
        evidence(calls(300, latency_ms=some), calls(300, latency_ms=some)), level=LEVEL, allowed=2.0
    )
    nothing = compare_latency(evidence(calls(300), calls(300, latency_ms=math.nan)), level=LEVEL, allowed=2.0)

    assert check.verdict == "not_worse"
    assert (nothing.verdict, nothing.challenger) == ("undecided", None)
    assert "not compared" in nothing.text


def test_calls_that_failed_at_once_do_not_make_a_version_fast() -> None:
    latencies = np.where(np.arange(200) < 80, 100.0, 0.1)
    check = compare_latency(
        evidence(calls(500), calls(200, latency_ms=latencies, failed=120)), level=LEVEL, allowed=2.0
    )

    assert check.challenger == 100
    assert check.verdict == "worse"


def test_one_call_is_judged_as_undecided() -> None:
    one = evidence(calls(1), calls(1))

    assert compare_latency(one, level=LEVEL, allowed=2.0).verdict == "undecided"
    assert compare_failures(one, level=LEVEL, allowed=0.01).verdict == "undecided"
    assert compare_answers(one, level=LEVEL, allowed=0.2).verdict == "undecided"
    assert compare_quality(one, level=LEVEL, rule=CLASSES).verdict == "undecided"


@pytest.mark.parametrize("constant", [-5.0, 0.5, 7.0, math.nan])
def test_a_version_that_answers_one_thing_is_shifted(constant: float) -> None:
    stuck = calls(150, scores=np.full(150, constant), name="b")

    check = compare_answers(evidence(calls(900), stuck), level=LEVEL, allowed=0.2)
    assert check.verdict == "worse"
    assert "allowed are 20" in check.text


def test_a_version_that_falls_below_a_champion_that_always_says_the_same_is_shifted() -> None:
    same, lower = calls(900, scores=np.full(900, 5.0)), calls(150, scores=np.full(150, 4.0), name="b")

    assert compare_answers(evidence(same, lower), level=LEVEL, allowed=0.2).verdict == "worse"


def test_the_same_answers_are_not_shifted() -> None:
    random = np.random.default_rng(2)
    alike = evidence(
        calls(5000, scores=random.random(5000)), calls(5000, scores=random.random(5000), name="b")
    )

    assert compare_answers(alike, level=LEVEL, allowed=0.2).verdict == "not_worse"


def test_a_shift_of_one_class_among_many_is_named() -> None:
    random = np.random.default_rng(3)
    usual, moved = random.dirichlet([2, 2, 2], 800), random.dirichlet([2, 2, 2], 300)[:, [0, 1, 2]]
    moved[:, 2] = 0.99

    check = compare_answers(
        evidence(calls(800, scores=usual), calls(300, scores=moved, name="b")),
        level=LEVEL,
        allowed=0.2,
        outputs=("lo", "mid", "hi"),
    )
    assert check.verdict == "worse"
    assert "the probability of 'hi'" in check.text


def test_cut_points_are_fixed_by_the_first_calls_alone() -> None:
    random = np.random.default_rng(4)
    first = random.random(CALIBRATION_CALLS)
    later = [np.concatenate([first, random.random(500) * factor]) for factor in (1, 100)]

    assert len({cut_points(scores[:CALIBRATION_CALLS, None]) for scores in later}) == 1


def test_a_shadows_answers_to_the_first_requests_are_left_out() -> None:
    random = np.random.default_rng(5)
    scores = random.random(CALIBRATION_CALLS)
    both = evidence(
        calls(CALIBRATION_CALLS, scores=scores), calls(CALIBRATION_CALLS, scores=scores), paired=True
    )

    assert "not compared" in compare_answers(both, level=LEVEL, allowed=0.2).text


def labelled(number: int, right: float, name: str = "a") -> object:
    said = ["yes"] * number
    truth = ["yes" if place < right * number else "no" for place in range(number)]
    return calls(number, labels=said, truth=truth, name=name)


def test_being_wrong_three_times_as_often_is_worse_where_labels_are_in() -> None:
    check = compare_quality(evidence(labelled(900, 0.9), labelled(300, 0.7)), level=LEVEL, rule=CLASSES)

    assert check.verdict == "worse"
    assert "(300 calls, 900 of the champion's) 30 % of its answers are wrong" in check.text


def test_only_calls_whose_outcome_is_known_count() -> None:
    few = calls(500, labels=["yes"] * 500, truth=["no"] * 2)

    check = compare_quality(evidence(labelled(900, 0.9), few), level=LEVEL, rule=CLASSES)
    assert (check.verdict, check.challenger) == ("undecided", 1.0)
    assert "(2 calls" in check.text
    nothing = compare_quality(evidence(calls(900), calls(300)), level=LEVEL, rule=CLASSES)
    assert nothing.challenger is None


def test_no_worse_is_not_yet_better() -> None:
    same = evidence(labelled(20_000, 0.9), labelled(20_000, 0.9))
    better = evidence(labelled(20_000, 0.9), labelled(20_000, 0.95))
    superior = QualityRule(margin=0.05, superior=True, metric="roc_auc", regression=False)

    assert compare_quality(same, level=LEVEL, rule=CLASSES).verdict == "not_worse"
    assert compare_quality(same, level=LEVEL, rule=superior).verdict == "undecided"
    assert compare_quality(better, level=LEVEL, rule=superior).verdict == "not_worse"


def regressing(number: int, error: float, name: str = "a") -> object:
    random = np.random.default_rng(number)
    truth = random.normal(100, 20, number)
    return calls(number, scores=truth + random.normal(0, error, number), truth=list(truth), name=name)


def test_errors_three_times_as_large_are_worse() -> None:
    worse = compare_quality(evidence(regressing(900, 3), regressing(600, 9, "b")), level=LEVEL, rule=NUMBERS)
    alike = compare_quality(
        evidence(regressing(9000, 3), regressing(9000, 3, "b")), level=LEVEL, rule=NUMBERS
    )

    assert worse.verdict == "worse"
    assert "its mean error is 7." in worse.text
    assert alike.verdict == "not_worse"


def test_a_single_absurd_answer_decides_nothing() -> None:
    usual, odd = regressing(900, 3), regressing(300, 3, "b")
    odd.scores[5, 0] = 1e12

    assert compare_quality(evidence(usual, odd), level=LEVEL, rule=NUMBERS).verdict == "undecided"


def test_a_shadow_that_says_something_else_is_described() -> None:
    champion, shadow = calls(4, labels=["a", "a", "b", "b"]), calls(4, labels=["a", "b", "b", "b"])
    numbers = evidence(calls(3, scores=[1, 2, 3]), calls(3, scores=[1, 2, 6]), paired=True)

    told = describe_agreement(evidence(champion, shadow, paired=True), regression=False)
    assert told == "of 4 requests that both answered, it named another class in 25 %"
    assert "differ by 1 in the mean" in (describe_agreement(numbers, regression=True) or "")
    assert describe_agreement(evidence(calls(2), calls(2, name="b")), regression=True) is None


def test_many_looks_at_answers_on_the_bound_raise_no_more_false_alarms_than_promised() -> None:
    random, level, alarms = np.random.default_rng(11), Level(0.05), 0
    for _ in range(150):
        first, second = random.random(900), random.random(300) + 0.2
        cuts = cut_points(first[:CALIBRATION_CALLS, None])
        counted = [
            np.column_stack([cut.holds(side[:, None]) for cut in cuts]).cumsum(axis=0)
            for side in (first[CALIBRATION_CALLS:], second)
        ]
        looks = np.arange(20, 301, 20)
        sides = [
            Tally(hits[calls - 1].ravel().astype(float), calls.repeat(len(cuts)).astype(float))
            for hits, calls in zip(counted, (3 * looks - CALIBRATION_CALLS, looks), strict=True)
        ]
        bound, enough = np.full(len(sides[0].hits), 0.2), level.split(len(cuts)).joint
        # The second side's answers lie higher, so that fewer of them lie below a cut.
        alarms += bool((evidence_of_excess(sides[1], sides[0], bound) >= enough).any())

    assert alarms / 150 <= level.alpha


def test_the_bound_of_errors_does_not_depend_on_which_outcomes_came_first() -> None:
    champion, challenger = regressing(600, 3), regressing(300, 9, "b")
    champion.outcomes.numbers[:200] = np.nan
    before = compare_quality(evidence(champion, challenger), level=LEVEL, rule=NUMBERS)
    champion.outcomes.numbers[100] = 1e9
    after = compare_quality(evidence(champion, challenger), level=LEVEL, rule=NUMBERS)

    assert before.bound == after.bound
    assert before.champion < after.champion


def test_a_champion_that_always_answers_the_same_has_no_measure_of_errors() -> None:
    random = np.random.default_rng(12)
    same = calls(300, scores=np.full(300, 5.0), truth=list(random.random(300)))

    assert "not compared" in compare_quality(evidence(same, same), level=LEVEL, rule=NUMBERS).text


def test_outcomes_of_another_kind_than_the_task_has_are_not_known() -> None:
    numbered, named = calls(900), regressing(900, 3)
    numbered.outcomes.numbers[:] = 1.0
    named.outcomes.numbers[:] = np.nan
    named.outcomes.labels[:] = "yes"
    for each, rule in ((numbered, CLASSES), (named, NUMBERS)):
        check = compare_quality(evidence(each, each), level=LEVEL, rule=rule)
        assert (check.verdict, "not compared" in check.text) == ("undecided", True)
