from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.fakes.monitoring import NOON, interval, reference
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.samples import MODEL, deployment, spec, version
from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.labels.label_question import LabelQuestion
from tideline.domain.labels.label_span import Span, label_file_name
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
from tideline.domain.monitoring.record import LabelCounts
from tideline.errors import StorageUnavailable
from tideline.services.monitoring.live_version import LiveVersion
from tideline.services.monitoring.quality_days import QualityDays, QualityPeriods

_DAY = timedelta(days=1)
TODAY = datetime(NOON.year, NOON.month, NOON.day, tzinfo=UTC)


class FakeLabelledPredictions:
    """`tideline.ports.LabelledPredictions`: so many outcomes for each day, and scores that tell them."""

    def __init__(self) -> None:
        self.known: dict[datetime, int] = {}
        self.asked: list[tuple[datetime, datetime]] = []
        self.failing: set[datetime] = set()
        self.orphans = 0

    def labelled(self, question: LabelQuestion) -> tuple[LabelledRows, LabelCounts]:
        if question.since in self.failing:
            raise StorageUnavailable("'x.parquet' cannot be read")
        self.asked.append((question.since, question.until))
        days = [day for day in self.known if question.since <= day < question.until]
        many = sum(self.known[day] for day in days)
        y = np.tile([0.0, 1.0], many)[:many]
        times = np.repeat([np.datetime64(day.replace(tzinfo=None), "ms") for day in days] or [], 1)
        rows = LabelledRows(
            ids=np.array([f"{number:06d}" for number in range(many)], dtype=object),
            times=np.repeat(times, [self.known[day] for day in days]).astype("datetime64[ms]"),
            scores=(0.2 + 0.6 * y)[:, None],
            y=y,
            slices={},
        )
        return rows, LabelCounts(joined=many, orphans=self.orphans)


class World:
    def __init__(self, *, min_rows: int = 500) -> None:
        self.lake, self.labelled = FakeObjectStore("lake"), FakeLabelledPredictions()
        self.spec: ModelSpec = spec(monitoring={"min_rows": min_rows})

    def answered(self, day: datetime, name: str = "a") -> None:
        self.lake.write(keys.predictions_prefix(MODEL, day) + f"{name}.parquet", b"")

    def told(self, day: datetime, many: int, content: str = "0", *, by_entity: bool = False) -> None:
        """Let outcomes of a day be known."""
        self.labelled.known[day] = many
        name = label_file_name(content * 64, "a" * 24, Span(day, day), by_entity=by_entity)
        self.lake.write(keys.labels_prefix(MODEL) + name, b"")

    def look(self, **fields: Any) -> QualityPeriods:
        live = LiveVersion(self.spec, version(), deployment(1).champion)
        days = QualityDays(lake=self.lake, labelled=self.labelled)
        return days.up_to(NOON, live=live, reference=reference(quality=interval(1.0, 0.001), **fields))


def test_without_labels_nothing_is_read() -> None:
    world = World()
    world.answered(TODAY)
    assert world.look() == QualityPeriods()
    assert world.labelled.asked == []


def test_each_day_with_outcomes_is_a_period_of_its_own() -> None:
    world = World()
    for back, many in ((3, 600), (1, 700)):
        world.answered(TODAY - back * _DAY)
        world.told(TODAY - back * _DAY, many, content=str(back))
    found = world.look()
    assert [(period.since, period.labelled) for period in found.periods] == [
        (TODAY - 3 * _DAY, 600),
        (TODAY - _DAY, 700),
    ]
    assert all(period.mature for period in found.periods)
    assert found.labels == LabelCounts(joined=1_300)


def test_a_day_is_measured_again_only_when_something_has_changed() -> None:
    world = World()
    world.answered(TODAY)
    world.told(TODAY, 600)
    first = world.look()
    assert world.look() == first
    assert len(world.labelled.asked) == 1
    world.told(TODAY, 650, content="1")
    assert world.look().periods[0].labelled == 650
    world.answered(TODAY, "late")
    world.look()
    assert len(world.labelled.asked) == 3


def test_other_rules_or_another_reference_measure_anew() -> None:
    world = World()
    world.answered(TODAY)
    world.told(TODAY, 600)
    world.look()
    world.spec = spec(monitoring={"min_rows": 700})
    assert not world.look().periods[0].mature
    world.look(run_id="another")
    assert len(world.labelled.asked) == 3


def test_a_damaged_day_is_measured_anew() -> None:
    world = World()
    world.answered(TODAY)
    world.told(TODAY, 600)
    first = world.look()
    world.lake.write(keys.quality_day_key(MODEL, 1, TODAY), b'{"sources": 3')
    assert world.look() == first


def test_days_too_small_to_be_judged_are_judged_together() -> None:
    world = World()
    for back in range(1, 6):
        world.answered(TODAY - back * _DAY)
        world.told(TODAY - back * _DAY, 120, content=str(back))
    found = world.look()
    assert [period.mature for period in found.periods] == [False] * 5 + [True]
    assert found.periods[-1].labelled == 600
    assert (found.periods[-1].since, found.periods[-1].until) == (TODAY - 5 * _DAY, TODAY)


def test_labels_of_a_day_without_calls_are_told_as_orphans() -> None:
    world = World()
    world.labelled.orphans = 7
    world.told(TODAY - 2 * _DAY, 0)
    found = world.look()
    assert found.periods == ()
    assert found.labels == LabelCounts(orphans=7)


def test_a_day_that_cannot_be_read_is_left_out_and_told() -> None:
    world = World()
    for back in (1, 2):
        world.answered(TODAY - back * _DAY)
        world.told(TODAY - back * _DAY, 600, content=str(back))
    world.labelled.failing = {TODAY - _DAY}
    found = world.look()
    assert [period.since for period in found.periods] == [TODAY - 2 * _DAY]
    assert found.notes == ("the outcomes of 2026-03-01 are left out: 'x.parquet' cannot be read",)


def test_outcomes_of_more_than_a_month_ago_are_not_looked_for() -> None:
    world = World()
    world.answered(TODAY - 31 * _DAY)
    world.told(TODAY - 31 * _DAY, 600)
    world.answered(TODAY)
    world.look()
    asked: Mapping[datetime, datetime] = dict(world.labelled.asked)
    assert TODAY - 31 * _DAY not in asked
