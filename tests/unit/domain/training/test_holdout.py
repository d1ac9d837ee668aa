from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.training.holdout import (
    MIN_NEW_ROWS,
    RECENT_ROWS,
    FrozenHoldout,
    HashRule,
    HoldoutRecord,
    TimeInterval,
    TimeRule,
)


def spec(features: str = "abcd", **fields: Any) -> ModelSpec:
    columns = {name: {"type": "number"} for name in features}
    return ModelSpec.model_validate(
        {"model": "ebb", "task": "binary", "target": "y", "features": columns, **fields}
    )


def hours(*span: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.arange(*span, dtype=np.int64)


def is_held(rule: TimeRule, time: int) -> bool:
    return any(interval.after_us < time <= interval.until_us for interval in rule.intervals)


class TestWhichRule:
    def test_time_comes_before_entity_and_entity_before_the_row(self) -> None:
        fresh = FrozenHoldout()
        by_time = fresh.covering(spec(time="t", entity="e"), trained_batches=0).rules[0]
        by_entity = fresh.covering(spec(entity="e"), trained_batches=0).rules[0]
        by_row = fresh.covering(spec(), trained_batches=0).rules[0]
        assert isinstance(by_time, TimeRule)
        assert by_time.column == "t"
        assert isinstance(by_entity, HashRule)
        assert [c.name for c in by_entity.columns] == ["e"]
        assert isinstance(by_row, HashRule)
        assert [c.name for c in by_row.columns] == ["a", "b", "c", "d"]

    @pytest.mark.parametrize("fields", [{}, {"entity": "e"}, {"time": "t"}, {"time": "t", "entity": "e"}])
    def test_the_same_spec_adds_no_rule(self, fields: dict[str, str]) -> None:
        once = FrozenHoldout().covering(spec(**fields), trained_batches=0)
        assert once.covering(spec(**fields), trained_batches=3) is once

    @pytest.mark.parametrize("features", ["abcdef", "ab", "cduvw"])
    def test_a_row_rule_holds_while_half_of_its_features_do(self, features: str) -> None:
        once = FrozenHoldout().covering(spec("abcd"), trained_batches=0)
        assert once.covering(spec(features), trained_batches=3) is once

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({}, {"features": "auvw"}),
            ({}, {"entity": "e"}),
            ({"entity": "e"}, {}),
            ({"entity": "e"}, {"entity": "other"}),
            ({"entity": "e"}, {"entity": "e", "time": "t"}),
            ({"time": "t"}, {"time": "other"}),
            ({"time": "t"}, {}),
        ],
    )
    def test_another_rule_is_added_and_speaks_of_batches_to_come(
        self, before: dict[str, str], after: dict[str, str]
    ) -> None:
        once = FrozenHoldout().covering(spec(**before), trained_batches=0)
        twice = once.covering(spec(**after), trained_batches=3)
        assert twice.rules[:1] == once.rules
        assert [rule.after_batch for rule in twice.rules] == [0, 3]


class TestIntervals:
    def test_the_newest_fifth_of_new_rows_becomes_an_interval(self) -> None:
        rule = TimeRule(column="t").extended(hours(100))
        assert rule.intervals == (TimeInterval(after_us=79, until_us=99),)
        assert rule.frontier_us == 99

    def test_later_rows_add_an_interval_and_change_none(self) -> None:
        first = TimeRule(column="t").extended(hours(100))
        second = first.extended(hours(100, 200))
        assert second.intervals == (*first.intervals, TimeInterval(after_us=179, until_us=199))

    def test_too_few_new_rows_wait(self) -> None:
        rule = TimeRule(column="t").extended(hours(100))
        assert rule.extended(hours(100, 100 + MIN_NEW_ROWS - 1)) is rule
        assert rule.extended(hours(100, 100 + MIN_NEW_ROWS)) is not rule

    def test_new_rows_of_one_moment_wait(self) -> None:
        rule = TimeRule(column="t")
        assert rule.extended(np.full(1_000, 5, np.int64)) is rule

    def test_times_that_are_decided_are_refused(self) -> None:
        with pytest.raises(ValueError, match="decided already"):
            TimeRule(column="t", start_us=50).extended(hours(50, 200))

    def test_the_newest_intervals_with_enough_rows_are_recent(self) -> None:
        rule = TimeRule(column="t")
        for start in range(0, 3 * 5 * RECENT_ROWS, 5 * RECENT_ROWS):
            rule = rule.extended(hours(start, start + 5 * RECENT_ROWS))
        held = np.array([t for t in range(15 * RECENT_ROWS) if is_held(rule, t)], np.int64)
        assert rule.recent(held) == rule.intervals[2].after_us
        assert rule.recent(held[:-1]) == rule.intervals[1].after_us

    def test_all_intervals_are_recent_where_they_are_small(self) -> None:
        rule = TimeRule(column="t").extended(hours(100))
        assert rule.recent(hours(80, 100)) is None


# A batch is a span of moments with a number of rows each: spans overlap, come late and come again.
BATCHES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 60), st.integers(1, 8)), min_size=1, max_size=12
)


@given(BATCHES)
def test_no_moment_that_was_ever_held_out_trains_and_none_that_trained_is_held_out(
    batches: list[tuple[int, int, int]],
) -> None:
    rule, arrived = TimeRule(column="t"), np.empty(0, np.int64)
    trained: set[int] = set()
    held: set[int] = set()
    for start, length, copies in batches:
        arrived = np.concatenate([arrived, np.repeat(hours(start, start + length), copies)])
        frontier = -1 if rule.frontier_us is None else rule.frontier_us
        rule = rule.extended(arrived[arrived > frontier])
        decided = {int(t) for t in arrived if rule.frontier_us is not None and t <= rule.frontier_us}
        now_held = {t for t in decided if is_held(rule, t)}
        held |= now_held
        trained |= decided - now_held
        assert not held & trained


def test_a_record_survives_being_stored() -> None:
    holdout = FrozenHoldout().covering(spec(), trained_batches=0).covering(spec(time="t"), trained_batches=2)
    last = holdout.rules[-1]
    assert isinstance(last, TimeRule)
    record = HoldoutRecord(
        number=2,
        dataset_version=3,
        spec_version=2,
        trained_batches=3,
        holdout=holdout.with_last(last.extended(hours(100))),
    )
    assert HoldoutRecord.model_validate_json(record.model_dump_json()) == record
