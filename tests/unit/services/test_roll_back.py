"""Going back: by command and by alarm, told twice, too late, out of order; during a release and after one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.messages import bus_event
from tests.fakes.samples import MODEL, sha, spec
from tests.fakes.world import World
from tests.unit.services.rollouts import canary, current, live, require_sound, shift, state
from tests.unit.services.test_release import add, plan
from tideline.domain.contract.spec import SpecHead
from tideline.domain.ledger.entry import DecisionKind
from tideline.domain.release.rollback_wish import RollbackWish
from tideline.domain.release.version import VersionState
from tideline.errors import RegistryConflict
from tideline.events.base import Envelope
from tideline.events.facts import ModelRolledBack, RunFailed
from tideline.services.roll_back import RECENT

LIVE, RETIRED, CANDIDATE, ROLLED_BACK = (
    VersionState.LIVE,
    VersionState.RETIRED,
    VersionState.CANDIDATE,
    VersionState.ROLLED_BACK,
)


@pytest.fixture
def world() -> World:
    return live()


def promoted(world: World) -> World:
    """Make the second version the champion."""
    world.deploy(plan(world, 2, generation=current(world).generation))
    world.publisher.events.clear()
    return world


def command(world: World, event: str = "e1", **fields: Any) -> RollbackWish:
    sent: datetime = fields.pop("sent_at", world.clock())
    return RollbackWish(
        model=MODEL, event_id=event, sent_at=sent, reason="it answers nonsense", requested_by="ann", **fields
    )


def alarm(world: World, event: str = "a1", *, value: str = "ALARM") -> Envelope:
    return Envelope.model_validate(
        {
            "id": event,
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "time": world.clock(),
            "detail": {"alarmName": "tideline-dev-api-errors", "state": {"value": value, "reason": "3 of 5"}},
        }
    )


class TestCommand:
    def test_a_release_under_way_is_broken_off(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        world.roll_back(command(world))
        assert [state(world, n) for n in (1, 2)] == [LIVE, ROLLED_BACK]
        (told,) = world.publisher.of(ModelRolledBack)
        assert (told.by, told.version, told.restored, told.requested_by, told.release_id) == (
            "request",
            2,
            1,
            "ann",
            order.release_id,
        )
        assert shift(world, order, 2).outcome == "over"
        require_sound(world)

    def test_what_is_live_gives_way_to_the_champion_before(self, world: World) -> None:
        before = current(world).champion
        promoted(world)
        world.roll_back(command(world))
        now = current(world)
        assert (now.champion, now.before, now.replaces, now.generation) == (before, (), 2, 3)
        assert [state(world, n) for n in (1, 2)] == [LIVE, ROLLED_BACK]
        newest = world.ledger.entries(MODEL)[-1].decision
        assert (newest.kind, newest.by, newest.facts["reasons"]) == (
            DecisionKind.ROLLBACK,
            "ann",
            "it answers nonsense",
        )
        require_sound(world)

    def test_told_twice_it_goes_back_once(self, world: World) -> None:
        promoted(world)
        world.deploy(plan(world, 3, generation=2))
        wish = command(world)
        assert world.roll_back(wish) == world.roll_back(wish)
        assert current(world).champion.version == 2
        first, second = world.publisher.of(ModelRolledBack)
        assert first == second

    def test_told_again_after_the_world_has_moved_on_it_takes_nothing_back(self, world: World) -> None:
        promoted(world)
        wish = command(world)
        world.roll_back(wish)
        world.deploy(plan(world, 3, generation=3))
        world.roll_back(wish)
        assert current(world).champion.version == 3

    def test_two_impatient_commands_go_back_one_step(self, world: World) -> None:
        promoted(world)
        world.deploy(plan(world, 3, generation=2))
        first, second = command(world), command(world, "e2")
        world.clock.wait(minutes=1)
        world.roll_back(second)
        world.roll_back(first)
        assert current(world).champion.version == 2
        assert "ask again" in world.publisher.of(RunFailed)[0].cause

    def test_a_command_made_before_a_release_began_does_not_mean_it(self, world: World) -> None:
        late = command(world)
        world.clock.wait(minutes=1)
        shift(world, canary(world, 2), 1)
        assert world.roll_back(late) is None
        assert current(world).rollout is not None

    def test_a_command_made_during_a_step_means_the_release_when_it_is_live_too(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        wish = command(world)
        world.clock.wait(minutes=10)
        shift(world, order, 2)
        shift(world, order, 3)
        assert world.roll_back(wish) is not None
        assert current(world).champion.version == 1

    def test_naming_the_champion_during_a_release_goes_back_from_it_and_ends_the_release(
        self, world: World
    ) -> None:
        promoted(world)
        shift(world, canary(world, 3), 1)
        world.roll_back(command(world, version=2))
        assert [state(world, n) for n in (1, 2, 3)] == [LIVE, ROLLED_BACK, CANDIDATE]
        assert current(world).rollout is None
        require_sound(world)

    @pytest.mark.parametrize(
        ("fields", "why"),
        [({"version": 3}, "neither live nor being released"), ({}, "no champion before version 1")],
    )
    def test_what_cannot_be_done_is_told(self, world: World, fields: dict[str, Any], why: str) -> None:
        assert world.roll_back(command(world, **fields)) is None
        (told,) = world.publisher.of(RunFailed)
        assert (told.stage, told.error) == ("rollback", "ReleaseRefused")
        assert why in told.cause

    def test_nothing_live_is_told(self, world: World) -> None:
        world.roll_back(command(world).model_copy(update={"model": "other"}))
        assert "nothing is live" in world.publisher.of(RunFailed)[0].cause

    def test_a_champion_that_cannot_be_live_again_is_passed_over(self, world: World) -> None:
        promoted(world)
        world.deploy(plan(world, 3, generation=2))
        stored = world.versions.versions
        stored[MODEL, 2] = stored[MODEL, 2].model_copy(update={"state": VersionState.ARCHIVED})
        world.roll_back(command(world))
        assert (current(world).champion.version, current(world).before) == (1, ())

    def test_a_manifest_that_was_changed_serves_nobody_and_is_told(self, world: World) -> None:
        add(world, 4)
        world.deploy(plan(world, 4, generation=1))
        promoted(world)
        stored = world.versions.versions
        stored[MODEL, 4] = stored[MODEL, 4].model_copy(update={"manifest_sha256": sha("another")})
        assert world.roll_back(command(world)) is None
        assert world.publisher.of(RunFailed)[0].error == "ArtifactInvalid"
        assert current(world).champion.version == 2

    def test_a_stale_writer_loses_and_decides_again(self, world: World) -> None:
        promoted(world)
        replace, wish = world.deployments.replace, command(world)

        def late(*args: Any, **kwargs: Any) -> None:
            world.deployments.replace = replace  # type: ignore[method-assign]
            shift(world, canary(world, 3), 1)
            replace(*args, **kwargs)

        world.deployments.replace = late  # type: ignore[method-assign]
        with pytest.raises(RegistryConflict):
            world.roll_back(wish)
        assert [state(world, n) for n in (1, 2)] == [RETIRED, LIVE]
        require_sound(world)

    @pytest.mark.parametrize("under_way", [True, False])
    def test_who_dies_in_between_goes_back_once_and_tells(self, under_way: bool) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = live()
            if under_way:
                shift(world, canary(world, 2), 1)
            else:
                promoted(world)
            wish = command(world)
            world.plan = crash
            try:
                world.roll_back(wish)
            except Crash:
                world.roll_back(wish)
            assert (current(world).generation, current(world).champion.version) == (3, 1)
            assert {t.restored for t in world.publisher.of(ModelRolledBack)} == {1}
            require_sound(world)

        assert sweep(scenario) >= 5


class TestAlarm:
    def test_every_release_under_way_is_broken_off(self, world: World) -> None:
        shift(world, canary(world, 2), 1)
        world.specs.append(spec(model="quiet"), head=SpecHead(), at=START)
        (move,) = world.answer_rollbacks(alarm(world))
        assert (move.by, move.version, state(world, 2)) == ("alarm", 2, ROLLED_BACK)
        assert world.publisher.of(ModelRolledBack)[0].reasons == (
            "alarm tideline-dev-api-errors went off: 3 of 5",
        )
        assert world.publisher.of(RunFailed) == []
        assert world.ledger.entries(MODEL)[-1].decision.by == "tideline:roll_back"

    def test_a_version_that_just_went_live_gives_way(self, world: World) -> None:
        promoted(world)
        world.clock.wait(seconds=RECENT.total_seconds() - 60)
        world.answer_rollbacks(alarm(world))
        assert current(world).champion.version == 1
        require_sound(world)

    def test_one_that_has_been_live_for_long_stays(self, world: World) -> None:
        promoted(world)
        world.clock.wait(seconds=RECENT.total_seconds() + 60)
        assert world.answer_rollbacks(alarm(world)) == []
        assert current(world).champion.version == 2
        assert world.publisher.events == []

    def test_a_second_alarm_about_the_same_trouble_takes_nothing_more_back(self, world: World) -> None:
        promoted(world)
        shift(world, canary(world, 3), 1)
        world.answer_rollbacks(alarm(world))
        assert world.answer_rollbacks(alarm(world, "a2")) == []
        assert current(world).champion.version == 2
        promoted_again = canary(world, 1)
        assert promoted_again.generation == current(world).generation

    def test_told_twice_it_is_answered_once(self, world: World) -> None:
        promoted(world)
        once = alarm(world)
        world.answer_rollbacks(once)
        world.answer_rollbacks(once)
        assert current(world).generation == 3

    def test_an_alarm_from_before_the_release_does_not_mean_it(self, world: World) -> None:
        late = alarm(world)
        world.clock.wait(minutes=5)
        shift(world, canary(world, 2), 1)
        assert world.answer_rollbacks(late) == []

    def test_an_alarm_that_is_over_takes_nothing_back(self, world: World) -> None:
        promoted(world)
        assert world.answer_rollbacks(alarm(world, value="OK")) == []

    def test_one_model_that_is_being_written_does_not_keep_the_others(self, world: World) -> None:
        shift(world, canary(world, 2), 1)
        world.specs.append(spec(model="busy"), head=SpecHead(), at=START)
        load = world.deployments.load

        def busy(model: str) -> Any:
            if model == "busy":
                raise RegistryConflict("another writer was first")
            return load(model)

        world.deployments.load = busy  # type: ignore[method-assign]
        with pytest.raises(RegistryConflict):
            world.answer_rollbacks(alarm(world))
        assert state(world, 2) is ROLLED_BACK


@pytest.mark.parametrize("detail", [{"version": 0}, {"surprise": 1}])
def test_a_malformed_command_is_answered(world: World, detail: dict[str, Any]) -> None:
    event = bus_event("RollbackRequested", **detail)
    assert world.answer_rollbacks(Envelope.model_validate(event)) == ()
    (told,) = world.publisher.of(RunFailed)
    assert (told.stage, told.error) == ("rollback", "Malformed")


def test_an_event_that_does_not_ask_to_go_back_is_an_error(world: World) -> None:
    with pytest.raises(ValueError, match="does not ask to go back"):
        world.answer_rollbacks(Envelope.model_validate(bus_event("ModelDeployed")))


def test_recent_is_longer_than_the_alarms_look_back() -> None:
    assert timedelta(minutes=5) < RECENT
