from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.monitoring.samples import importance, interval, reference
from tideline.domain.evaluation.verdict.gate import MAX_REASONS
from tideline.domain.monitoring.decision import decide
from tideline.domain.monitoring.record import ColumnDrift, QualityEstimate, RealisedQuality, SliceQuality

REFERENCE = reference(
    {"price": np.arange(10), "colour": np.arange(10), "other": np.arange(10)},
    important=importance(price=0.1, colour=0.0001),
)


def column(name, verdict="drifted", **more):
    return ColumnDrift(name=name, kind="number", rows=1000, verdict=verdict, reason=f"of {name}", **more)


def estimate(*, dropped=True, trusted=True):
    return QualityEstimate(
        method="confidence",
        metric="roc_auc",
        estimate=interval(0.8),
        reference=0.9,
        dropped=dropped,
        trusted=trusted,
    )


def realised(day, *, dropped=False, mature=True, slices=()):
    return RealisedQuality(
        since=datetime(2026, 3, day, tzinfo=UTC),
        until=datetime(2026, 3, day + 1, tzinfo=UTC),
        metric="roc_auc",
        rows=1000,
        labelled=900,
        mature=mature,
        interval=interval(0.8),
        reference=interval(0.9),
        dropped=dropped,
        slices=slices,
    )


# After every period: what came true then says nothing of the window.
LATER = datetime(2026, 4, 30, tzinfo=UTC)


def decided(
    features=(), answers=(), estimated=None, periods=(), *, margin=0.005, against=REFERENCE, since=LATER
):
    return decide(features, answers, estimated, periods, reference=against, since=since, margin=margin)


QUIET = (column("price", "stable"), column("colour", "stable"))


def test_nothing_drifted_is_stable():
    decision, reasons = decided(QUIET, [column("yes", "stable")])
    assert decision == "stable"
    assert reasons == ("none of 3 features and answers has drifted",)


def test_a_shift_of_a_feature_that_the_model_relies_on_asks_for_a_run():
    decision, reasons = decided([column("price", importance=0.1), column("colour", "stable")])
    assert decision == "retrain"
    assert "price has drifted, which the model relies on" in reasons[0]
    assert "more than 0.005 of the metric (0.1 on average); of price" in reasons[0]


def test_a_shift_of_a_feature_that_it_can_do_without_is_a_warning_and_no_run():
    decision, reasons = decided([column("colour", importance=0.0001), column("price", "stable")])
    assert decision == "warn"
    assert "colour has drifted, which the model can do without" in reasons[0]


def test_a_feature_whose_importance_is_not_known_counts_as_relied_upon():
    decision, reasons = decided([column("other")])
    assert decision == "retrain"
    assert "its importance was not measured" in reasons[0]


def test_the_margin_says_what_importance_is():
    assert decided([column("price")], margin=0.2)[0] == "warn"


@pytest.mark.parametrize(("quality", "decision"), [(-1.0, "retrain"), (-100.0, "warn")])
def test_for_errors_in_the_targets_unit_the_margin_is_a_share(quality, decision):
    against = reference(
        {"price": np.arange(10)},
        task="regression",
        value=np.arange(10),
        metric="neg_root_mean_squared_error",
        quality=quality,
        important=importance(price=0.1),
    )
    assert decided([column("price")], against=against)[0] == decision


def test_answers_that_move_with_any_feature_ask_for_a_run():
    decision, reasons = decided([column("colour")], [column("yes")])
    assert decision == "retrain"
    assert "the answers for yes have drifted with 1 of the features" in reasons[0]
    assert "colour has drifted" in reasons[1]


def test_answers_that_move_alone_are_a_warning():
    decision, reasons = decided(QUIET, [column("yes")])
    assert decision == "warn"
    assert "no feature says why" in reasons[0]


def test_answers_that_move_with_a_suspected_drop_ask_for_a_run():
    decision, reasons = decided(QUIET, [column("yes")], estimate(trusted=False))
    assert decision == "retrain"
    assert "and quality may have dropped" in reasons[0]


def test_an_estimated_drop_is_believed_only_where_the_estimate_is_trusted():
    assert decided(QUIET, (), estimate())[0] == "retrain"
    decision, reasons = decided(QUIET, (), estimate(trusted=False))
    assert decision == "warn"
    assert "not trusted" in reasons[0]
    assert decided(QUIET, (), estimate(dropped=False))[0] == "stable"


def test_a_drop_of_the_newest_mature_period_asks_for_a_run_first_of_all_reasons():
    periods = [realised(1), realised(2, dropped=True), realised(3, mature=False)]
    decision, reasons = decided([column("price")], (), estimate(), periods)
    assert decision == "retrain"
    assert "quality with labels has dropped: roc_auc 0.8 from 2026-03-02 00:00 on" in reasons[0]
    assert "estimated to have dropped" in reasons[1]
    assert "price" in reasons[2]


def test_an_older_drop_counts_no_more():
    assert decided(QUIET, (), None, [realised(1, dropped=True), realised(2)])[0] == "stable"


def test_a_drop_in_a_slice_is_a_warning():
    worse = SliceQuality(feature="plan", value="gold", rows=200, interval=None, dropped=True)
    decision, reasons = decided(QUIET, (), None, [realised(1, slices=(worse,))])
    assert decision == "warn"
    assert reasons == ("quality has dropped where plan is gold (200 rows)",)


def test_too_few_rows_decide_nothing():
    decision, reasons = decided([column("price", "too_few"), column("other", "not_compared")])
    assert decision == "undecided"
    assert reasons == ("too few rows to tell: of price",)


def test_nothing_at_all_decides_nothing():
    assert decided() == ("undecided", ("there was nothing to compare",))


def test_labels_are_heard_where_there_are_too_few_rows_to_compare():
    few = [column("price", "too_few")]
    assert decided(few, (), None, [realised(1, dropped=True)])[0] == "retrain"
    assert decided(few, (), None, [realised(1)])[0] == "stable"


def test_reasons_are_few_enough_to_travel():
    reasons = decided([column(f"f{at}") for at in range(100)])[1]
    assert len(reasons) == MAX_REASONS + 1
    assert reasons[-1] == "and 88 more, in the report"


COLUMNS = st.lists(
    st.builds(
        column,
        st.sampled_from(["price", "colour", "other"]),
        st.sampled_from(["drifted", "stable", "too_few", "not_compared"]),
    ),
    max_size=3,
)
ESTIMATES = st.none() | st.builds(estimate, dropped=st.booleans(), trusted=st.booleans())
PERIODS = st.lists(st.builds(realised, st.integers(1, 9), dropped=st.booleans()), max_size=2)


@given(COLUMNS, COLUMNS, ESTIMATES, PERIODS)
def test_more_drift_never_calms_and_every_decision_has_reasons(features, answers, estimated, periods):
    order = ["undecided", "stable", "warn", "retrain"]
    before, reasons = decided(features, answers, estimated, periods)
    after, _ = decided([*features, column("price")], answers, estimated, periods)
    assert reasons
    assert order.index(after) >= order.index(before)


def test_outcomes_of_the_same_time_that_show_no_harm_calm_what_is_feared():
    within = datetime(2026, 3, 2, 12, tzinfo=UTC)
    decision, reasons = decided([column("price")], [column("yes")], periods=[realised(2)], since=within)
    assert decision == "warn"
    assert reasons[0].startswith("the outcomes that are known show no harm")
    assert "price has drifted" in reasons[1]


def test_outcomes_of_before_the_window_calm_nothing():
    after = datetime(2026, 3, 3, tzinfo=UTC)
    assert decided([column("price")], periods=[realised(2)], since=after)[0] == "retrain"


def test_a_drop_that_is_proven_is_not_calmed():
    within = datetime(2026, 3, 2, tzinfo=UTC)
    assert decided([column("price")], periods=[realised(2, dropped=True)], since=within)[0] == "retrain"
    assert decided([column("price")], (), estimate(), [realised(2)], since=within)[0] == "retrain"
