from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.monitoring.quality_samples import Drawn, draw_binary, draw_regression, reference_of
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
from tideline.domain.monitoring.realised.measured_metric import measure_metric
from tideline.domain.monitoring.realised.quality import RealisedRules, p_no_fall, realised_quality
from tideline.domain.monitoring.realised.row_order import rows_at
from tideline.domain.monitoring.realised.verdicts import with_verdicts

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
RULES = RealisedRules(margin=0.005, coverage=0.8, min_rows=100, confidence=0.95)
NOON = np.datetime64("2026-01-01T12:00:00", "ms")


@pytest.fixture(scope="module")
def reference():
    return reference_of(draw_binary(np.random.default_rng(1), 1_500), metric="roc_auc", slices=["group"])


def labelled(drawn: Drawn, *, known: float = 1.0) -> LabelledRows:
    rows = len(drawn.y)
    y = drawn.y.astype(float)
    y[round(known * rows) :] = np.nan
    return LabelledRows(
        ids=np.array([f"p{number:05d}" for number in range(rows)]),
        times=np.full(rows, NOON),
        scores=drawn.raw.astype(float),
        y=y,
        slices={"group": drawn.columns["group"].astype(object)},
    )


def spoilt(drawn: Drawn, share: float, *, only: str | None = None) -> Drawn:
    """Return rows of which a share has the other outcome: what the model has learnt no longer holds."""
    turned = np.random.default_rng(9).random(len(drawn.y)) < share
    if only is not None:
        turned &= drawn.columns["group"] == only
    return replace(drawn, y=np.where(turned, 1 - drawn.y, drawn.y))


def realised(rows, reference, rules=RULES):
    """Return the quality of a period that is the only one."""
    found = realised_quality(rows, reference, since=SINCE, until=UNTIL, rules=rules)
    assert not found.dropped
    return with_verdicts([found], alpha=rules.alpha)[0]


def test_the_metric_is_that_of_the_labelled_rows(reference):
    drawn = draw_binary(np.random.default_rng(2), 500)
    found = realised(labelled(drawn, known=0.9), reference)
    part = Drawn("binary", {}, drawn.y[:450], drawn.raw[:450])
    assert (found.rows, found.labelled, found.mature) == (500, 450, True)
    assert found.interval.estimate == part.metric("roc_auc")
    assert found.interval.low < found.interval.estimate < found.interval.high
    assert found.reference == reference.quality
    assert (found.dropped, found.caveats) == (False, ())


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_rows_in_any_order_give_identical_numbers(reference, shuffler, same_ids):
    rows = labelled(draw_binary(np.random.default_rng(3), 120), known=0.9)
    if same_ids:
        rows = replace(rows, ids=np.array(["p"] * 120))
    order = list(range(120))
    shuffler.shuffle(order)
    rules = replace(RULES, min_slice_rows=20)
    first = realised(rows, reference, rules)
    assert first.slices
    assert realised(rows_at(rows, np.array(order)), reference, rules) == first


def test_a_relation_that_no_longer_holds_is_a_drop(reference):
    found = realised(labelled(spoilt(draw_binary(np.random.default_rng(4), 800), 0.2)), reference)
    assert found.dropped
    assert found.p_value < 0.001


def test_a_drop_in_a_period_that_is_not_mature_is_none_yet(reference):
    drawn = spoilt(draw_binary(np.random.default_rng(4), 800), 0.2)
    found = realised(labelled(drawn, known=0.5), reference)
    assert (found.mature, found.dropped) == (False, False)
    assert found.p_value < 0.001
    assert found.caveats == ("the outcome of 50% of the rows is known: 80% are asked for",)


def test_a_fall_within_the_margin_is_no_drop(reference):
    drawn = spoilt(draw_binary(np.random.default_rng(4), 800), 0.2)
    found = realised(labelled(drawn), reference, replace(RULES, margin=0.4))
    assert (found.p_value, found.dropped) == (1.0, False)


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "neg_log_loss"])
def test_windows_as_good_as_the_holdout_are_seldom_called_worse_and_worse_ones_often(metric):
    random, false, true, trials = np.random.default_rng(5), 0, 0, 60
    for _ in range(trials):
        held, same = draw_binary(random, 800), draw_binary(random, 400)
        quality = measured(held, metric).interval(confidence=0.95)
        for window, is_worse in ((same, False), (spoilt(same, 0.15), True)):
            p_value = p_no_fall(measured(window, metric), quality, metric=metric, margin=0.0)
            false += p_value <= 0.025 and not is_worse
            true += p_value <= 0.025 and is_worse
    # At the level 1.5 are expected; more than 5 are seen once in 200 times.
    assert false <= 5
    assert true >= 0.7 * trials


def measured(drawn, metric):
    found = measure_metric(drawn.task, metric, y=drawn.y, raw=drawn.raw, seed=1, resamples=200)
    assert found is not None
    return found


def test_a_slice_that_fell_is_found_among_those_that_did_not(reference):
    drawn = spoilt(draw_binary(np.random.default_rng(6), 1_500), 0.3, only="left")
    found = {one.value: one for one in realised(labelled(drawn), reference).slices}
    assert found["left"].dropped
    assert not found["right"].dropped
    assert found["left"].rows + found["right"].rows == 1_500


def test_a_slice_that_the_holdout_did_not_have_is_measured_and_not_tested(reference):
    drawn = spoilt(draw_binary(np.random.default_rng(6), 600), 0.5)
    drawn.columns["group"][:] = "neu"
    (one,) = realised(labelled(drawn), reference).slices
    assert (one.value, one.dropped) == ("neu", False)
    assert one.interval is not None


def test_the_positive_class_alone_is_enough_for_a_binary_task(reference):
    both = labelled(draw_binary(np.random.default_rng(2), 300))
    one = replace(both, scores=both.scores[:, 1:])
    assert realised(one, reference).interval == realised(both, reference).interval


def test_rows_of_other_times_are_left_out(reference):
    rows = labelled(draw_binary(np.random.default_rng(2), 300))
    end = np.datetime64("2026-01-02T00:00:00", "ms")
    rows.times[:100], rows.times[100:130] = end, NOON - np.timedelta64(1, "D")
    rows.times[130] = np.datetime64("2026-01-01T00:00:00", "ms")
    assert realised(rows, reference).rows == 170


def test_the_period_is_in_utc_whatever_zone_it_is_told_in(reference):
    rows = labelled(draw_binary(np.random.default_rng(2), 10))
    rows.times[:] = np.datetime64("2026-01-01T00:30:00", "ms")
    zone = SINCE.astimezone().tzinfo
    since = SINCE.astimezone(zone)
    found = realised_quality(rows, reference, since=since, until=since + timedelta(hours=1), rules=RULES)
    assert found.rows == 10


@pytest.mark.parametrize("rows", [0, 1])
def test_next_to_no_rows_are_measured_by_nothing(reference, rows):
    found = realised(labelled(draw_binary(np.random.default_rng(2), rows)), reference)
    assert (found.interval, found.p_value, found.mature, found.dropped) == (None, None, False, False)
    assert found.caveats


def test_no_labels_are_no_number(reference):
    found = realised(labelled(draw_binary(np.random.default_rng(2), 200), known=0), reference)
    assert (found.rows, found.labelled, found.interval, found.dropped) == (200, 0, None, False)


def test_one_class_is_not_mature_whatever_the_metric(reference):
    drawn = draw_binary(np.random.default_rng(2), 300)
    rows = labelled(replace(drawn, y=np.ones_like(drawn.y)))
    for metric in ("roc_auc", "accuracy"):
        found = realised(rows, reference.model_copy(update={"metric": metric}))
        assert not found.mature
        assert not found.dropped
        assert "every outcome is 'yes': there is one class" in found.caveats


def test_outcomes_of_no_class_and_answers_of_no_number_are_left_out_and_told(reference):
    rows = labelled(draw_binary(np.random.default_rng(2), 300))
    rows.y[:3] = [7, -1, 0.5]
    rows.scores[3] = np.nan
    found = realised(rows, reference)
    assert found.labelled == 296
    assert found.caveats == ("4 rows have an outcome or an answer that is none, and are left out",)


def test_a_regression_is_measured_and_its_drop_found():
    random = np.random.default_rng(3)
    reference = reference_of(draw_regression(random, 1_000), metric="neg_mean_absolute_error")
    same, drawn = draw_regression(random, 500), draw_regression(random, 500)
    worse = replace(drawn, y=drawn.y + 1)
    assert not realised(labelled(same), reference).dropped
    found = realised(labelled(worse), reference)
    assert found.dropped
    assert found.interval.estimate == pytest.approx(worse.metric("neg_mean_absolute_error"))
