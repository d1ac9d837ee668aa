from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.monitoring import reference
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import log_parquet, row
from tests.fakes.world import workdir
from tideline.adapters.predictions.call_counter import DuckDbCallCounter
from tideline.domain import keys
from tideline.domain.monitoring.counting.counts import CategoryCounts, NumberCounts, WindowCounts
from tideline.domain.monitoring.record import VersionShare
from tideline.errors import StorageUnavailable

FEATURES = ("tenure", "contract")


def answered(number: int, version: int = 1, **fields: Any) -> dict[str, Any]:
    """Return an answer: a tenure from 0 to 9, a contract, and a probability of 0.4."""
    given: dict[str, Any] = {
        "value": None,
        "label": "no",
        "probabilities": {"no": 0.6, "yes": 0.4},
        "numbers": {"tenure": float(number % 10)},
        "categories": {"contract": "monthly"},
    }
    return row(number, version, **given | fields)


def lake(*files: list[dict[str, Any]]) -> FakeObjectStore:
    store = FakeObjectStore()
    for place, rows in enumerate(files):
        store.write(keys.predictions_prefix("churn", START) + f"{place}.parquet", log_parquet(rows))
    return store


def count(
    store: FakeObjectStore, version: int = 1, **fields: Any
) -> tuple[WindowCounts, tuple[VersionShare, ...]]:
    counter = DuckDbCallCounter(lake=store, workdir=workdir, memory_mb=512)
    return counter.count(START, version=version, reference=reference(**fields), features=FEATURES)


def tenure(counts: WindowCounts) -> NumberCounts:
    column = counts.features["tenure"]
    assert isinstance(column, NumberCounts)
    return column


def contract(counts: WindowCounts) -> CategoryCounts:
    column = counts.features["contract"]
    assert isinstance(column, CategoryCounts)
    return column


def test_answers_are_counted_over_the_bins_of_the_reference() -> None:
    counts, shares = count(lake([answered(number) for number in range(20)]))
    assert (counts.rows, counts.calls, counts.failed) == (20, 20, 0)
    assert tenure(counts).counts == (10, 10)
    assert contract(counts).counts == (20, 0)
    assert counts.outputs["yes"].scores[400] == 20
    assert sum(counts.outputs["yes"].named) == 0
    assert sum(counts.latency) == 20
    assert shares == (VersionShare(version=1, calls=20, rows=20),)


def test_a_row_that_was_delivered_twice_counts_once() -> None:
    rows = [answered(number) for number in range(20)]
    once, twice = count(lake(rows)), count(lake(rows, rows[:7]))
    assert once == twice


def test_missing_unseen_and_outside_values_are_told_apart() -> None:
    counts, _ = count(
        lake(
            [
                answered(0, numbers={}, categories={}),
                answered(1, numbers={"tenure": -5.0}, categories={"contract": "weekly"}),
                answered(2, numbers={"tenure": 1e300}, categories={"contract": "yearly"}),
            ]
        )
    )
    column = tenure(counts)
    assert (column.missing, column.below, column.above, column.counts) == (1, 1, 1, (1, 1))
    assert (contract(counts).missing, contract(counts).other, contract(counts).counts) == (1, 1, (0, 1))


def test_shadows_answer_nobody_and_failures_answer_nothing() -> None:
    rows = [
        answered(0),
        answered(0, 2, role="shadow"),
        answered(1, error="ArtifactInvalid", label=None, probabilities=None, latency_ms=None),
    ]
    counts, shares = count(lake(rows))
    assert (counts.rows, counts.calls, counts.failed) == (1, 2, 1)
    assert shares == (VersionShare(version=1, calls=2, rows=1),)
    assert count(lake(rows), version=2)[0].calls == 0


def test_a_call_of_many_rows_is_one_call_with_one_latency() -> None:
    rows = [answered(number, request_id="r", latency_ms=12.0) for number in range(5)]
    counts, _ = count(lake(rows))
    assert (counts.rows, counts.calls, sum(counts.latency)) == (5, 1, 1)


def test_each_version_is_counted_for_itself() -> None:
    rows = [answered(number, 1 + number % 2) for number in range(10)]
    counts, shares = count(lake(rows), version=2)
    assert counts.rows == 5
    assert [(share.version, share.rows) for share in shares] == [(1, 5), (2, 5)]


def test_a_regressions_answers_are_counted_too() -> None:
    profile = reference().features["tenure"]
    rows = [answered(number, value=float(number), label=None, probabilities=None) for number in range(10)]
    counts, _ = count(lake(rows), task="regression", classes=(), outputs={}, value=profile)
    assert counts.value == NumberCounts(counts=(5, 5))
    assert counts.outputs == {}


def test_an_hour_without_files_holds_nothing() -> None:
    counts, shares = count(FakeObjectStore())
    assert (counts.rows, counts.calls, shares) == (0, 0, ())


def test_an_hour_without_answers_of_the_version_still_has_its_bins() -> None:
    counts, _ = count(lake([answered(0, 2)]))
    assert tenure(counts).counts == (0, 0)


def test_names_are_data_and_not_sql() -> None:
    hostile = "x'] FROM answered; DROP TABLE answered; --"
    features = {hostile: reference().features["tenure"]}
    rows = [answered(0, numbers={hostile: 3.0})]
    counter = DuckDbCallCounter(lake=lake(rows), workdir=workdir, memory_mb=512)
    counts, _ = counter.count(START, version=1, reference=reference(features=features), features=(hostile,))
    assert counts.features[hostile] == NumberCounts(counts=(1, 0))


def test_a_damaged_file_is_named() -> None:
    store = FakeObjectStore()
    store.write(keys.predictions_prefix("churn", START) + "x.parquet", b"not parquet")
    with pytest.raises(StorageUnavailable, match=r"x\.parquet"):
        count(store)


def test_other_hours_are_not_read() -> None:
    store = lake([answered(0)])
    later = keys.predictions_prefix("churn", START + timedelta(hours=1))
    store.write(later + "y.parquet", b"not parquet")
    assert count(store)[0].rows == 1
