from __future__ import annotations

import pytest

from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.samples import MODEL, SPEC_TEXT
from tests.fakes.world import World
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome
from tideline.errors import RegistryConflict
from tideline.events.facts import SpecApplied, SpecRejected

KEY = f"{MODEL}/model.yaml"
OTHER = SPEC_TEXT + b"training: {trials: 3}\n"
HOURLY = SPEC_TEXT + b"retraining: {on: [schedule], schedule: rate(1 hour)}\n"
DAILY = SPEC_TEXT + b"retraining: {on: [schedule], schedule: rate(1 day)}\n"


@pytest.fixture
def world() -> World:
    return World()


def test_a_dropped_spec_is_stored_and_told(world: World) -> None:
    dropped = world.inbox.drop(KEY, SPEC_TEXT + b"training: {compute: batch}\n")
    receipt = world.apply_spec(dropped)
    (told,) = world.publisher.of(SpecApplied)
    assert receipt.outcome is ObjectOutcome.ACCEPTED
    assert told.spec_version == world.specs.head(MODEL).version == 1
    assert told.spec_sha256 == world.specs.load(MODEL, 1).sha256
    assert told.notices == ("training.compute: training runs in functions for now",)


def test_the_same_event_again_gets_the_same_answer_and_tells_nobody(world: World) -> None:
    dropped = world.inbox.drop(KEY, SPEC_TEXT)
    first = world.apply_spec(dropped)
    second = world.apply_spec(dropped)
    assert first.model_copy(update={"announced": True}) == second
    assert len(world.publisher.events) == 1
    assert world.specs.head(MODEL).version == 1


def test_a_schedule_that_is_refused_refuses_the_spec_and_keeps_the_old_one(world: World) -> None:
    world.apply_spec(world.inbox.drop(KEY, SPEC_TEXT))
    world.scheduler.refused.add("rate(1 hour)")
    world.apply_spec(world.inbox.drop(KEY, HOURLY))
    (told,) = world.publisher.of(SpecRejected)
    assert told.faults[0].place == "retraining.schedule"
    assert world.specs.head(MODEL).version == 1


def test_a_spec_that_may_not_be_read_is_rejected(world: World) -> None:
    world.inbox.unreadable.add(KEY)
    world.apply_spec(world.inbox.drop(KEY, SPEC_TEXT))
    assert "encryption key" in world.publisher.of(SpecRejected)[0].faults[0].problem


def test_data_under_the_name_of_a_spec_is_not_even_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = world.inbox.drop(KEY, SPEC_TEXT)
    monkeypatch.setattr(world.inbox, "size", lambda key, version_id=None: 3 << 30)
    monkeypatch.setattr(world.inbox, "read", lambda key, version_id=None: pytest.fail("read 3 GB"))
    world.apply_spec(dropped)
    assert "is this a spec?" in world.publisher.of(SpecRejected)[0].faults[0].problem


def test_the_same_spec_dropped_again_is_no_new_version(world: World) -> None:
    world.apply_spec(world.inbox.drop(KEY, SPEC_TEXT))
    receipt = world.apply_spec(world.inbox.drop(KEY, SPEC_TEXT + b"# a comment\n"))
    assert receipt.outcome is ObjectOutcome.DUPLICATE
    assert world.specs.head(MODEL).version == 1
    assert [told.spec_version for told in world.publisher.of(SpecApplied)] == [1, 1]


def test_going_back_to_an_older_text_is_a_new_version(world: World) -> None:
    for text in (SPEC_TEXT, OTHER, SPEC_TEXT):
        world.apply_spec(world.inbox.drop(KEY, text))
    assert world.specs.head(MODEL).version == 3
    assert world.specs.load(MODEL, 3) == world.specs.load(MODEL, 1)


def test_an_event_that_comes_late_does_not_bring_an_old_spec_back(world: World) -> None:
    old, new = world.inbox.drop(KEY, SPEC_TEXT), world.inbox.drop(KEY, OTHER)
    assert world.apply_spec(new).outcome is ObjectOutcome.ACCEPTED
    assert world.apply_spec(old).outcome is ObjectOutcome.SUPERSEDED
    assert world.specs.load(MODEL, world.specs.head(MODEL).version).training.trials == 3


def test_an_event_that_comes_late_does_not_bring_a_deleted_spec_back(world: World) -> None:
    old, new = world.inbox.drop(KEY, SPEC_TEXT), world.inbox.drop(KEY, OTHER)
    world.apply_spec(new)
    world.inbox.delete(KEY)
    receipt = world.apply_spec(old)
    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "deleted_before_read")
    assert world.specs.head(MODEL).version == 1


class _Overtaken(FakeObjectStore):
    """While one look at the bucket is under way, somebody else drops and applies a newer spec."""

    overtake = staticmethod(lambda: None)

    def current_version(self, key: str) -> str | None:
        seen = super().current_version(key)
        overtake, self.overtake = self.overtake, lambda: None  # type: ignore[method-assign, assignment]
        overtake()
        return seen


def test_a_spec_that_is_overtaken_between_look_and_write_loses() -> None:
    world = World(inbox=_Overtaken())
    old = world.inbox.drop(KEY, SPEC_TEXT)
    world.inbox.overtake = lambda: world.apply_spec(world.inbox.drop(KEY, OTHER))  # type: ignore[attr-defined]
    with pytest.raises(RegistryConflict):
        world.apply_spec(old)
    assert world.apply_spec(old).outcome is ObjectOutcome.SUPERSEDED
    assert world.specs.load(MODEL, world.specs.head(MODEL).version).training.trials == 3


def test_a_bad_spec_is_rejected_with_every_fault_and_the_old_one_stays(world: World) -> None:
    world.apply_spec(world.inbox.drop(KEY, HOURLY))
    bad = world.inbox.drop(KEY, b"model: churn\ntask: x\ntarget: t\n")
    receipt = world.apply_spec(bad)
    (told,) = world.publisher.of(SpecRejected)
    assert receipt.outcome is ObjectOutcome.QUARANTINED
    assert {(fault.place, fault.line) for fault in told.faults} == {("task", 2), ("features", 1)}
    assert told.object_version == bad.version_id
    assert world.specs.head(MODEL).version == 1
    assert world.scheduler.schedules == {MODEL: "rate(1 hour)"}


def test_a_bad_spec_is_told_once_however_often_it_is_delivered(world: World) -> None:
    bad = world.inbox.drop(KEY, b"")
    assert world.apply_spec(bad).outcome is world.apply_spec(bad).outcome is ObjectOutcome.QUARANTINED
    assert len(world.publisher.events) == 1


def test_an_object_that_is_gone_for_good_is_answered(world: World) -> None:
    dropped = world.inbox.drop(KEY, SPEC_TEXT)
    world.inbox.delete(KEY, version_id=dropped.version_id)
    assert world.apply_spec(dropped).reason == "deleted_before_read"
    assert world.publisher.events == []


class _Vanishing(FakeObjectStore):
    """The object goes between the look at the bucket and the read."""

    def current_version(self, key: str) -> str | None:
        seen = super().current_version(key)
        self.delete(key, version_id=seen)
        return seen


def test_an_object_that_goes_while_it_is_looked_at_is_answered() -> None:
    world = World(inbox=_Vanishing())
    dropped = world.inbox.drop(KEY, SPEC_TEXT)
    assert world.apply_spec(dropped).reason == "deleted_before_read"


@pytest.mark.parametrize("key", ["Bad/model.yaml", f"{MODEL}/data/model.yaml", f"{MODEL}/x/model.yaml"])
def test_a_spec_at_the_wrong_place_is_told_so(world: World, key: str) -> None:
    assert world.apply_spec(world.inbox.drop(key, SPEC_TEXT)).outcome is ObjectOutcome.QUARANTINED
    (told,) = world.publisher.of(SpecRejected)
    assert "a spec is dropped at <model>/model.yaml" in told.faults[0].problem


def test_a_schedule_follows_the_spec(world: World) -> None:
    seen = []
    for text in (HOURLY, DAILY, SPEC_TEXT):
        world.apply_spec(world.inbox.drop(KEY, text))
        seen.append(world.scheduler.schedules.get(MODEL))
    assert seen == ["rate(1 hour)", "rate(1 day)", None]


def test_a_schedule_that_retraining_does_not_list_is_not_set(world: World) -> None:
    text = SPEC_TEXT + b"retraining: {on: [data], schedule: rate(1 hour)}\n"
    world.apply_spec(world.inbox.drop(KEY, text))
    assert world.scheduler.schedules == {}


def test_the_schedule_of_the_newest_spec_holds_whoever_sets_it_last(world: World) -> None:
    first = world.inbox.drop(KEY, HOURLY)
    set_schedule = world.scheduler.set

    def overtaken(model: str, expression: str | None) -> None:
        world.scheduler.set = set_schedule  # type: ignore[method-assign]
        world.apply_spec(world.inbox.drop(KEY, DAILY))
        set_schedule(model, expression)

    world.scheduler.set = overtaken  # type: ignore[method-assign]
    with pytest.raises(RegistryConflict):
        world.apply_spec(first)
    assert world.scheduler.schedules == {MODEL: "rate(1 day)"}


def test_data_makes_sure_that_the_spec_beside_it_is_applied(world: World) -> None:
    dropped = world.inbox.drop(KEY, SPEC_TEXT)
    world.apply_spec.ensure_current(MODEL)
    assert world.specs.head(MODEL).version == 1
    assert world.apply_spec(dropped).outcome is ObjectOutcome.ACCEPTED
    assert len(world.publisher.events) == 1


def test_without_a_spec_there_is_nothing_to_make_sure_of(world: World) -> None:
    world.apply_spec.ensure_current(MODEL)
    assert world.specs.head(MODEL).version == 0


@pytest.mark.parametrize("text", [HOURLY, b"model: wrong\n"])
def test_a_crash_anywhere_and_a_second_delivery_end_in_one_answer(text: bytes) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = World(plan=plan)
        dropped = world.inbox.drop(KEY, text)
        try:
            world.apply_spec(dropped)
        except Crash:
            world.apply_spec(dropped)
        good = text == HOURLY
        assert world.specs.head(MODEL).version == int(good)
        assert len({event.model_dump_json() for event in world.publisher.events}) == 1
        assert world.receipts.receipts[MODEL, KEY, dropped.version_id].announced
        assert world.scheduler.schedules == ({MODEL: "rate(1 hour)"} if good else {})

    assert sweep(scenario) >= 5


def test_ten_deliveries_of_two_editions_in_any_order_end_with_the_newest() -> None:
    for first in range(10):
        world = World()
        old, new = world.inbox.drop(KEY, SPEC_TEXT), world.inbox.drop(KEY, OTHER)
        deliveries: list[DroppedObject] = [old] * 10
        deliveries[first] = new
        for dropped in deliveries:
            world.apply_spec(dropped)
        assert world.specs.head(MODEL).version == 1
        assert world.specs.load(MODEL, 1).training.trials == 3
