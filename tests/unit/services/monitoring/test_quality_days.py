from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

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


class Listing(FakeObjectStore):
    """A lake that remembers which days of the log were listed."""

    def __init__(self) -> None:
        super().__init__("lake")
        self.days: list[str] = []

    def listed(self, prefix: str) -> list[str]:
        if "/predictions/" in prefix:
            self.days.append(prefix.rpartition("date=")[2].strip("/"))
        return super().listed(prefix)


def unread(*, damaged: bool) -> StorageUnavailable:
    return StorageUnavailable("'x.parquet' cannot be read", damaged=damaged)


class FakeLabelledPredictions:
    """`tideline.ports.LabelledPredictions`: so many outcomes for each day, and scores that tell them."""

    def __init__(self) -> None:
        self.known: dict[datetime, int] = {}
        self.asked: list[tuple[datetime, datetime]] = []
        self.failing: dict[tuple[datetime, datetime], StorageUnavailable] = {}
        self.others: dict[str, int] = {}
        self.unknown = 0
        self.looked_back: list[datetime] = []
        self.wrong: dict[datetime, float] = {}

    def labelled(self, question: LabelQuestion) -> tuple[LabelledRows, LabelCounts]:
        if (question.since, question.until) in self.failing:
            raise self.failing[question.since, question.until]
        self.asked.append((question.since, question.until))
        if question.looks_back:
            self.looked_back.append(question.since)
        days = [day for day in self.known if question.since <= day < question.until]
        many = sum(self.known[day] for day in days)
        y = np.tile([0.0, 1.0], many)[:many]
        turned = np.arange(many) < many * max([self.wrong.get(day, 0) for day in days], default=0)
        scores = (0.2 + 0.6 * np.where(turned, 1 - y, y))[:, None]
        y[many - self.unknown * len(days) :] = np.nan
        times = np.repeat([np.datetime64(day.replace(tzinfo=None), "ms") for day in days] or [], 1)
        rows = LabelledRows(
            ids=np.array([f"{number:06d}" for number in range(many)], dtype=object),
            times=np.repeat(times, [self.known[day] for day in days]).astype("datetime64[ms]"),
            scores=scores,
            y=y,
            slices={},
        )
        return rows, LabelCounts(joined=many, **self.others)


class World:
    def __init__(self, *, min_rows: int = 500) -> None:
        self.lake, self.labelled = Listing(), FakeLabelledPredictions()
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
    world.labelled.others = {"orphans": 7}
    world.told(TODAY - 2 * _DAY, 0)
    found = world.look()
    assert found.periods == ()
    assert found.labels == LabelCounts(orphans=7)


def test_a_day_that_cannot_be_read_is_left_out_and_told() -> None:
    world = World()
    for back in (1, 2):
        world.answered(TODAY - back * _DAY)
        world.told(TODAY - back * _DAY, 600, content=str(back))
    world.labelled.failing = {(TODAY - _DAY, TODAY): unread(damaged=True)}
    found = world.look()
    assert [period.since for period in found.periods] == [TODAY - 2 * _DAY]
    assert found.notes == ("the outcomes of 2026-03-01 are left out: 'x.parquet' cannot be read",)


def test_what_trying_again_may_mend_is_raised() -> None:
    world = World()
    world.answered(TODAY)
    world.told(TODAY, 600)
    world.labelled.failing = {(TODAY, TODAY + _DAY): unread(damaged=False)}
    with pytest.raises(StorageUnavailable):
        world.look()


@pytest.mark.parametrize(("horizon", "looked"), [("90d", True), ("31d", True), ("30d", True), ("29d", False)])
def test_outcomes_are_looked_for_as_long_as_they_may_come(horizon: str, looked: bool) -> None:
    world = World()
    world.spec = spec(monitoring={"labels": {"horizon": horizon}})
    day = TODAY - 31 * _DAY
    world.answered(day)
    world.told(day, 600)
    assert [period.since for period in world.look().periods] == ([day] if looked else [])


def test_labels_by_entity_without_an_answer_are_looked_for_on_the_newest_day_alone() -> None:
    world = World()
    world.told(TODAY - _DAY, 0, by_entity=True)
    world.look()
    assert len(world.labelled.asked) > 1
    assert world.labelled.looked_back == [TODAY - _DAY]


def test_only_days_that_labels_are_about_are_listed() -> None:
    world = World()
    for back in range(60):
        world.answered(TODAY - back * _DAY)
    for back in (1, 20, 60):
        world.told(TODAY - back * _DAY, 600, content=f"{back % 10}")
    world.look()
    assert world.lake.days == ["2026-01-01", "2026-02-10", "2026-03-01"]


def test_new_labels_by_id_stale_their_own_day_only() -> None:
    world = World()
    for back in range(1, 4):
        world.answered(TODAY - back * _DAY)
        world.told(TODAY - back * _DAY, 600, content=f"{back}")
    world.look()
    world.labelled.asked.clear()
    world.told(TODAY - _DAY, 700, content="9")
    world.look()
    assert world.labelled.asked == [(TODAY - _DAY, TODAY)]


def test_a_later_answer_may_take_a_label_by_entity_but_none_after_it() -> None:
    world = World()
    world.answered(TODAY - 3 * _DAY)
    world.told(TODAY - 3 * _DAY, 600)
    world.told(TODAY - 2 * _DAY, 0, content="1", by_entity=True)
    world.look()
    about = [day for day, _ in world.labelled.asked]
    world.labelled.asked.clear()
    world.answered(TODAY - _DAY)
    world.look()
    assert world.labelled.asked == []
    world.answered(TODAY - 2 * _DAY, "late")
    world.look()
    assert [day for day, _ in world.labelled.asked] == about
    assert TODAY - 3 * _DAY in about


_CUT = {"features": {"contract": {"type": "category"}}, "evaluation": {"slices": ["contract"]}}


@pytest.mark.parametrize("changed", [{"monitoring": {"labels": {"horizon": "80d"}}}, _CUT])
def test_another_question_measures_anew(changed: dict[str, Any]) -> None:
    world = World()
    world.spec = spec()
    world.answered(TODAY)
    world.told(TODAY, 600)
    world.look()
    world.spec = spec(**changed)
    world.look()
    assert len(world.labelled.asked) == 2


@pytest.mark.parametrize(("kind", "asked"), [("early", 1), ("late", 1), ("upcoming", 2)])
def test_only_labels_that_time_will_make_known_are_looked_at_again(kind: str, asked: int) -> None:
    world = World()
    world.labelled.others = {kind: 1}
    world.answered(TODAY)
    world.told(TODAY, 600)
    world.look()
    world.look()
    assert len(world.labelled.asked) == asked


def test_in_which_order_days_become_known_changes_nothing() -> None:
    """A fall that is sure by itself is none among many; one beside others that fell is."""

    def looked(order: list[int]) -> QualityPeriods:
        world = World()
        for back in order:
            day = TODAY - back * _DAY
            world.labelled.wrong[day] = 0.02 if back < 4 else 0.0
            world.answered(day)
            world.told(day, 600, content=f"{back:x}")
            found = world.look()
        return found

    once = looked(list(range(1, 7)))
    assert looked([6, 2, 4, 1, 5, 3]) == once
    assert [period.dropped for period in once.periods] == [False] * 3 + [True] * 3


def together(world: World, *, days: int = 5) -> tuple[datetime, datetime]:
    for back in range(1, days + 1):
        world.answered(TODAY - back * _DAY)
        world.told(TODAY - back * _DAY, 120, content=f"{back}")
    return TODAY - days * _DAY, TODAY


def test_days_together_are_measured_once() -> None:
    world = World()
    all_days = together(world)
    first = world.look()
    assert world.look() == first
    assert world.labelled.asked.count(all_days) == 1
    world.told(TODAY - _DAY, 130, content="9")
    assert world.look().periods[-1].labelled == 610


def test_days_together_of_which_too_little_is_known_are_not_read() -> None:
    world = World()
    world.labelled.unknown = 40
    all_days = together(world, days=8)
    assert all(not period.mature for period in world.look().periods)
    assert all_days not in world.labelled.asked


def test_days_together_that_cannot_be_read_are_left_out_and_told() -> None:
    world = World()
    world.labelled.failing = {together(world): unread(damaged=True)}
    found = world.look()
    assert len(found.periods) == 5
    (note,) = found.notes
    assert note.endswith("are left out: 'x.parquet' cannot be read")
