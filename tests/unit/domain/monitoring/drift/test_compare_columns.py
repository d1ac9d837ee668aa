from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.monitoring.samples import importance, reference, window
from tideline.domain.monitoring.counting.counts import NumberCounts, WindowCounts
from tideline.domain.monitoring.drift.compare_columns import compare_answers, compare_columns

LIMITS = {"min_rows": 500, "psi": 0.2, "false_alarms": 0.05}
RANDOM = np.random.default_rng(11)
NORMAL = RANDOM.normal(size=10_000)
PLANS = RANDOM.choice(["basic", "plus", "gold", "rare"], p=[0.6, 0.3, 0.09, 0.01], size=10_000).tolist()


def drift_of(then, now, **more):
    against = reference({"x": then})
    return compare_columns(window(against, {"x": now}), against, **(LIMITS | more))[0]


def drawn(rows, seed=12):
    return np.random.default_rng(seed).normal(size=rows)


def with_missing(values, share):
    values = values.astype(np.float32)
    values[: int(share * len(values))] = np.nan
    return values


def test_a_large_shift_of_a_number_has_drifted_and_says_where_the_rows_went():
    found = drift_of(NORMAL, drawn(1000) + 1)
    assert found.verdict == "drifted"
    assert (found.kind, found.test) == ("number", "ks")
    assert found.psi > 0.5
    assert found.adjusted < 1e-10
    assert "a large shift, most of all" in found.reason
    assert "of rows above" in found.reason


def test_the_same_distribution_is_stable():
    found = drift_of(NORMAL, drawn(1000))
    assert found.verdict == "stable"
    assert "no more than chance" in found.reason
    assert found.psi < 0.05


def test_a_sure_but_small_shift_is_stable():
    found = drift_of(NORMAL, drawn(100_000) + 0.1)
    assert found.verdict == "stable"
    assert found.adjusted < 1e-6
    assert "a small one" in found.reason


def test_a_large_index_that_chance_explains_is_stable():
    found = drift_of(NORMAL, drawn(20, seed=3), min_rows=10)
    assert found.psi >= 0.2
    assert found.verdict == "stable"


def test_a_wider_spread_is_found_though_the_middle_stays():
    assert drift_of(NORMAL, drawn(1000) * 2).verdict == "drifted"


def test_limits_are_inclusive():
    found = drift_of(NORMAL, drawn(1000) + 0.6)
    assert drift_of(NORMAL, drawn(1000) + 0.6, psi=found.psi).verdict == "drifted"
    assert drift_of(NORMAL, drawn(1000) + 0.6, psi=found.psi + 1e-9).verdict == "stable"


@pytest.mark.parametrize(("rows", "told"), [(499, "499 rows; 500 are needed"), (1, "1 rows"), (0, "no rows")])
def test_too_few_rows_are_not_judged(rows, told):
    found = drift_of(NORMAL, drawn(rows) + 100)
    assert found.verdict == "too_few"
    assert told in found.reason
    assert (found.psi, found.p_value, found.adjusted) == (None, None, None)


def test_rows_without_a_value_count_towards_the_rows_that_are_needed():
    found = drift_of(NORMAL, np.full(500, np.nan))
    assert found.verdict == "drifted"
    assert (found.rows, found.missing, found.reference_missing) == (0, 1.0, 0.0)
    assert "100 % of rows without a value, where the reference has 0 %" in found.reason


def test_a_jump_of_the_missing_rate_is_a_drift_by_its_own_test():
    found = drift_of(with_missing(NORMAL, 0.01), with_missing(drawn(1000), 0.1))
    assert found.verdict == "drifted"
    assert found.test == "chi_squared"
    assert (found.missing, found.reference_missing) == pytest.approx((0.1, 0.01))


def test_the_usual_missing_rate_is_none():
    found = drift_of(with_missing(RANDOM.permutation(NORMAL), 0.1), with_missing(drawn(1000), 0.1))
    assert found.verdict == "stable"


def test_values_where_the_reference_never_had_one_are_a_drift():
    found = drift_of(np.full(1000, np.nan), drawn(600))
    assert found.verdict == "drifted"
    assert (found.reference_missing, found.missing) == (1.0, 0.0)


def test_never_a_value_then_and_now_is_stable():
    assert drift_of(np.full(1000, np.nan), np.full(600, np.nan)).verdict == "stable"


@pytest.mark.parametrize(("value", "verdict"), [(7.0, "stable"), (6.0, "drifted"), (8.0, "drifted")])
def test_a_constant_drifts_only_when_it_becomes_another(value, verdict):
    found = drift_of(np.full(1000, 7.0), np.full(600, value))
    assert found.verdict == verdict
    assert found.outside == (0.0 if value == 7 else 1.0)


def test_values_beyond_the_reference_are_told():
    found = drift_of(NORMAL, np.concatenate([drawn(600), np.full(400, 99.0)]))
    assert found.outside == 0.4
    assert "40 % of rows above 3." in found.reason
    assert "the reference's largest" in found.reason


def test_a_value_that_most_rows_have_does_not_hide_the_others():
    zeros = np.where(RANDOM.random(10_000) < 0.92, 0.0, RANDOM.exponential(size=10_000))
    now = np.where(np.random.default_rng(1).random(1000) < 0.5, 0.0, np.abs(drawn(1000)))
    assert drift_of(zeros, now).verdict == "drifted"


def test_categories_that_change_their_shares_have_drifted():
    found = drift_of(PLANS, ["basic"] * 300 + ["plus"] * 100 + ["gold"] * 600)
    assert (found.kind, found.test, found.verdict) == ("category", "chi_squared", "drifted")
    assert "60 % of rows with 'gold'" in found.reason
    assert found.unseen == 0.0


def test_categories_as_before_are_stable():
    assert drift_of(PLANS, np.random.default_rng(13).permutation(PLANS)[:1000].tolist()).verdict == "stable"


def test_values_that_were_never_seen_are_a_drift():
    found = drift_of(PLANS, [*PLANS[:900], *["platinum"] * 100])
    assert found.verdict == "drifted"
    assert found.unseen == pytest.approx(0.1)
    assert "10 % of rows with values that are new or were rare" in found.reason


def test_a_constant_category_that_becomes_another_has_drifted():
    assert drift_of(["eur"] * 1000, ["usd"] * 600).verdict == "drifted"
    assert drift_of(["eur"] * 1000, ["eur"] * 600).verdict == "stable"


def test_a_category_that_is_missing_now_has_drifted():
    assert drift_of(PLANS, [None] * 600).verdict == "drifted"


def test_many_rare_values_that_become_others_have_drifted():
    towns = [f"town{at % 200}" for at in range(10_000)]
    assert drift_of(towns, [f"town{at % 100}" for at in range(1000)]).verdict == "drifted"
    assert drift_of(towns, towns[::10]).verdict == "stable"


def test_a_feature_that_the_window_does_not_hold_is_not_compared():
    against = reference({"x": NORMAL, "hidden": PLANS})
    found = {one.name: one for one in compare_columns(window(against, {"x": NORMAL}), against, **LIMITS)}
    assert (found["hidden"].verdict, found["hidden"].kind) == ("not_compared", "category")
    assert "private, or not logged" in found["hidden"].reason
    assert found["x"].verdict == "stable"


def test_counts_over_other_bins_are_not_compared():
    against = reference({"x": NORMAL, "k": PLANS})
    other = NumberCounts(counts=(1000,))
    counts = WindowCounts(model="churn", version=1, rows=1000, features={"x": other, "k": other})
    found = compare_columns(counts, against, **LIMITS)
    assert {one.verdict for one in found} == {"not_compared"}


def test_a_window_without_traffic_has_too_few_rows():
    against = reference({"x": NORMAL, "k": PLANS}, outputs={"yes": RANDOM.random(1000)})
    nothing = WindowCounts(model="churn", version=1)
    found = (*compare_columns(nothing, against, **LIMITS), *compare_answers(nothing, against, **LIMITS))
    assert [one.verdict for one in found] == ["too_few"] * 3


def test_what_was_not_judged_is_not_among_the_tests():
    against = reference({"x": NORMAL, "few": NORMAL, "hidden": NORMAL})
    now = {"x": drawn(1000) + 0.2, "few": drawn(10)}
    found = {one.name: one for one in compare_columns(window(against, now), against, **LIMITS)}
    assert found["x"].adjusted == found["x"].p_value


def test_the_windows_before_ask_for_more_evidence():
    against = reference({"x": NORMAL})
    counts = window(against, {"x": drawn(1000) + 0.12})
    alone = compare_columns(counts, against, **(LIMITS | {"psi": 1e-9}))[0]
    after = compare_columns(counts, against, **(LIMITS | {"psi": 1e-9}), earlier=[0.5] * 1000)[0]
    assert (alone.verdict, after.verdict) == ("drifted", "stable")
    assert after.p_value == alone.p_value


def test_the_most_harmful_come_first():
    names = ["quiet", "minor", "major", "unknown", "worse"]
    against = reference(
        dict.fromkeys(names, NORMAL), important=importance(quiet=0.9, major=0.2, minor=0.01, worse=0.01)
    )
    now = dict.fromkeys(names, drawn(1000) + 1) | {"quiet": drawn(1000)}
    effects = {"worse": 0.5, "minor": 0.1, "unknown": 0.9}
    found = compare_columns(window(against, now), against, **LIMITS, effects=effects)
    assert [one.name for one in found] == ["major", "worse", "minor", "unknown", "quiet"]
    assert [one.importance for one in found] == [0.2, 0.01, 0.01, None, 0.9]
    assert [one.effect for one in found] == [None, 0.5, 0.1, 0.9, None]


def test_of_a_binary_task_the_positive_class_is_compared():
    scores = RANDOM.beta(2, 5, size=5000)
    against = reference({}, outputs={"yes": scores, "no": 1 - scores})
    moved = np.random.default_rng(2).beta(5, 2, size=1000)
    found = compare_answers(window(against, {}, outputs={"yes": moved, "no": 1 - moved}), against, **LIMITS)
    assert [(one.name, one.kind, one.test, one.verdict) for one in found] == [
        ("yes", "score", "ks", "drifted")
    ]
    assert "of rows with a score from" in found[0].reason


def test_of_a_multiclass_task_each_class_is():
    draw = np.random.default_rng(14).dirichlet
    then, now = draw([1, 1, 1], size=5000).T, draw([1, 1, 1], size=1000).T
    names = ("a", "b", "c")
    against = reference({}, task="multiclass", outputs=dict(zip(names, then, strict=True)))
    counts = window(against, {}, outputs=dict(zip(names, now, strict=True)))
    found = compare_answers(counts, against, **LIMITS)
    assert sorted(one.name for one in found) == ["a", "b", "c"]
    assert {one.verdict for one in found} == {"stable"}


def test_a_regressions_values_are():
    against = reference({}, task="regression", value=NORMAL)
    found = compare_answers(window(against, {}, value=drawn(1000) + 1), against, **LIMITS)
    assert [(one.name, one.kind, one.verdict) for one in found] == [("value", "number", "drifted")]


def test_answers_that_were_not_counted_are_not_compared():
    against = reference({}, outputs={"yes": RANDOM.random(1000)})
    counts = WindowCounts(model="churn", version=1, rows=600)
    assert compare_answers(counts, against, **LIMITS)[0].verdict == "not_compared"
    regression = reference({}, task="regression", value=NORMAL)
    assert compare_answers(counts, regression, **LIMITS)[0].verdict == "not_compared"


COLUMN = st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=30).map(
    lambda values: np.array([np.nan if value is None else value for value in values], dtype=np.float32)
)
TEXTS = st.lists(st.sampled_from([None, "a", "b", "c"]), max_size=30)


@settings(max_examples=200)
@given(COLUMN, COLUMN, TEXTS, TEXTS)
def test_whatever_the_columns_hold_there_is_a_verdict_and_its_reason(numbers, now, texts, texts_now):
    against = reference({"x": numbers, "k": texts})
    counts = window(against, {"x": now, "k": texts_now})
    for one in compare_columns(counts, against, min_rows=1, psi=0.2, false_alarms=0.05):
        assert one.reason
        assert type(one).model_validate_json(one.model_dump_json()) == one
        if one.verdict in ("stable", "drifted"):
            assert one.psi >= 0
            assert 0 <= one.p_value <= one.adjusted <= 1
            assert 0 <= one.jensen_shannon <= 1
