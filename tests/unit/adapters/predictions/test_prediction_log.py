from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.clock import START
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import RELEASE, log_parquet, row
from tests.fakes.world import workdir
from tideline.adapters.predictions.prediction_log import DuckDbPredictionLog
from tideline.domain import keys
from tideline.domain.release.deployment import Rollout
from tideline.domain.release.judging.evidence import Calls
from tideline.errors import RegistryConflict, StorageUnavailable

MODEL = "churn"
HOUR = timedelta(hours=1)
ROLLOUT = Rollout(release_id=RELEASE, version=2, strategy="canary", step=1, steps=3, since=START)


class Lake(FakeObjectStore):
    """A lake to which files of the log are written."""

    def put(self, name: str, rows: list[dict[str, Any]], *, after: timedelta = timedelta()) -> str:
        key = f"{keys.predictions_prefix(MODEL, START + after)}{name}.parquet"
        self.write(key, log_parquet(rows))
        return key


@pytest.fixture
def lake() -> Lake:
    return Lake()


def read(
    lake: FakeObjectStore, *, outputs: tuple[str, ...] = (), after: timedelta = HOUR / 2
) -> Mapping[int, Calls]:
    log = DuckDbPredictionLog(lake=lake, workdir=workdir, memory_mb=512)
    return log.calls(MODEL, rollout=ROLLOUT, versions=(1, 2), outputs=outputs, until=START + after)


def test_calls_come_by_version_in_order_of_time(lake: Lake) -> None:
    lake.put("b", [row(3), row(1), row(2, version=2, latency_ms=25.0)])
    lake.put("a", [row(0)])

    found = read(lake)
    assert list(found[1].ids) == ["p000000", "p000001", "p000003"]
    assert found[1].scores.tolist() == [[0.0], [1.0], [3.0]]
    assert found[2].latency_ms.tolist() == [25.0]
    assert not found[2].failed.any()
    assert found[1].labels.tolist() == [None] * 3


def test_no_traffic_is_no_calls(lake: Lake) -> None:
    assert {version: len(calls) for version, calls in read(lake).items()} == {1: 0, 2: 0}
    assert read(lake, outputs=("a", "b"))[1].scores.shape == (0, 2)


def test_one_side_may_have_all_the_traffic(lake: Lake) -> None:
    lake.put("a", [row(1), row(2)])

    assert {version: len(calls) for version, calls in read(lake).items()} == {1: 2, 2: 0}
    assert read(lake)[2].scores.shape == (0, 1)


def test_what_was_delivered_twice_counts_once_in_whatever_order(lake: Lake) -> None:
    rows = [row(number, version=1 + number % 2) for number in range(50)]
    lake.put("a", rows)
    once = read(lake)
    lake.put("b", rows[::-1])
    lake.put("c", rows[10:20], after=HOUR)

    again = read(lake)
    for version in (1, 2):
        assert list(again[version].ids) == list(once[version].ids)
        assert np.array_equal(again[version].scores, once[version].scores)


def test_a_call_counts_once_by_its_first_row(lake: Lake) -> None:
    call = [row(7, prediction_id=f"p7-{place}", position=place, value=place * 10.0) for place in (2, 0, 1)]
    lake.put("a", call)

    assert list(read(lake)[1].ids) == ["p7-0"]
    assert read(lake)[1].scores.tolist() == [[0.0]]


def test_a_shadow_answers_under_the_same_ids(lake: Lake) -> None:
    lake.put("a", [row(1), row(1, version=2, role="shadow", value=5.0)])

    found = read(lake)
    assert list(found[1].ids) == list(found[2].ids) == ["p000001"]
    assert found[2].scores.tolist() == [[5.0]]


def test_only_this_step_of_this_release_counts(lake: Lake) -> None:
    lake.put(
        "a",
        [
            row(1),
            row(2, step=2),
            row(3, release_id="churn-v2-ffffffffffff"),
            row(4, release_id="", step=0),
            row(5, version=9),
            row(6, time=(START - timedelta(seconds=1)).replace(tzinfo=None)),
        ],
    )

    assert list(read(lake)[1].ids) == ["p000001"]


def test_who_stood_in_for_another_is_not_compared_and_the_other_has_failed(lake: Lake) -> None:
    failed = row(1, version=2, value=None, error="ModelFailed: out of memory")
    lake.put("a", [failed, row(1, instead_of=2), row(2)])

    found = read(lake)
    assert list(found[1].ids) == ["p000002"]
    assert found[2].failed.tolist() == [True]
    assert np.isnan(found[2].scores).all()


def test_probabilities_are_read_by_the_names_of_classes(lake: Lake) -> None:
    said = {"value": None, "label": "b'd", "probabilities": {"a": 0.25, "b'd": 0.75}}
    lake.put("a", [row(1, **said), row(2, value=None, label="a", probabilities={"a": 1.0})])

    found = read(lake, outputs=("a", "b'd"))[1]
    assert found.scores[0].tolist() == [0.25, 0.75]
    assert found.scores[1][0] == 1
    assert np.isnan(found.scores[1][1])
    assert found.labels.tolist() == ["b'd", "a"]


def test_latencies_that_are_missing_are_no_numbers(lake: Lake) -> None:
    lake.put("a", [row(1, latency_ms=None), row(2, latency_ms=float("nan"))])

    assert np.isnan(read(lake)[1].latency_ms).all()


def test_hours_from_the_one_before_the_step_to_the_one_after_now_are_read(lake: Lake) -> None:
    for number, hours in enumerate((-2, -1, 0, 5, 6, 7)):
        lake.put("a", [row(number)], after=hours * HOUR)

    assert list(read(lake, after=5.5 * HOUR)[1].ids) == ["p000001", "p000002", "p000003", "p000004"]


class TidiedLake(Lake):
    """Compaction comes between listing and reading, so many times."""

    times = 1

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        if self.times and key.endswith("small-1.parquet"):
            self.times -= 1
            if key in self.keys:
                self.put("large", [row(number) for number in range(4)])
                self.delete(key)
        super().download(key, path, version_id=version_id)


def test_a_file_that_was_tidied_away_meanwhile_costs_no_rows() -> None:
    lake = TidiedLake()
    for number in range(4):
        lake.put(f"small-{number}", [row(number)])

    assert len(read(lake)[1]) == 4


class RestlessLake(Lake):
    """Whatever is listed is gone by the time it is read."""

    def listed(self, prefix: str) -> list[str]:
        self.rounds = getattr(self, "rounds", 0) + 1
        return [f"{prefix}{self.rounds}.parquet"]


def test_files_that_keep_vanishing_are_an_error_that_is_tried_again() -> None:
    with pytest.raises(RegistryConflict, match="vanished while they were read"):
        read(RestlessLake())


def test_a_file_that_does_not_read_is_named_and_never_left_out(lake: Lake) -> None:
    lake.put("a", [row(1)])
    broken = lake.put("b", [row(2)])
    lake.write(broken, lake.read(broken)[:100] + b"\0" * 50)

    with pytest.raises(StorageUnavailable) as told:
        read(lake)
    assert repr(broken) in str(told.value)
    assert "/tmp" not in str(told.value)


def test_a_file_with_other_columns_is_an_error_too(lake: Lake) -> None:
    lake.put("a", [row(1)])
    other = f"{keys.predictions_prefix(MODEL, START)}z.parquet"
    lake.write(other, lake.read(lake.put("b", [row(2)])).replace(b"release_id", b"release_xx"))

    with pytest.raises(StorageUnavailable):
        read(lake)


def test_many_small_files_are_one_table(lake: Lake) -> None:
    content = log_parquet([row(number) for number in range(3)])
    for number in range(300):
        lake.write(f"{keys.predictions_prefix(MODEL, START)}{number}.parquet", content)

    assert len(read(lake)[1]) == 3
