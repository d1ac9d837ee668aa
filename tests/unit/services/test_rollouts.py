"""A release in steps: shifted, judged, broken off, superseded, queued; and who dies in between."""

from __future__ import annotations

import pytest

from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.samples import MODEL
from tests.fakes.world import World
from tests.unit.services.rollouts import CANARY, canary, current, ended, live, require_sound, shift, state
from tests.unit.services.test_release import plan, wish
from tideline.domain import keys
from tideline.domain.contract.release_spec import ShadowStrategy
from tideline.domain.ledger.entry import DecisionKind
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.version import VersionState
from tideline.errors import ReleaseRefused
from tideline.events.facts import ModelDeployed, ModelRolledBack, RunFailed, TrafficShifted
from tideline.services.break_off import judged

LIVE, RETIRED, RELEASING = VersionState.LIVE, VersionState.RETIRED, VersionState.RELEASING
CANDIDATE, ROLLED_BACK = VersionState.CANDIDATE, VersionState.ROLLED_BACK


@pytest.fixture
def world() -> World:
    return live()


class TestSteps:
    def test_a_good_version_gets_more_callers_step_by_step_and_is_live_in_the_end(self, world: World) -> None:
        order = canary(world, 2)
        told = [shift(world, order, step) for step in (1, 2)]
        assert [(t.outcome, t.weight, t.step, t.steps, t.wait_s, t.champion) for t in told] == [
            ("under_way", 5, 1, 3, 600, 1),
            ("under_way", 25, 2, 3, 600, 1),
        ]
        assert [state(world, n) for n in (1, 2)] == [LIVE, RELEASING]
        require_sound(world)
        last = shift(world, order, 3)
        assert (last.outcome, last.live, last.champion, last.generation) == ("live", True, 2, 4)
        assert [state(world, n) for n in (1, 2)] == [RETIRED, LIVE]
        assert (current(world).before, current(world).replaces) == ((1,), 1)
        assert [t.weight for t in world.publisher.of(TrafficShifted)] == [5, 25]
        (deployed,) = world.publisher.of(ModelDeployed)
        assert (deployed.strategy, deployed.replaces) == ("canary", 1)
        require_sound(world)

    def test_every_step_is_in_the_ledger_with_the_reasons_of_the_judgement(self, world: World) -> None:
        order = canary(world, 2, requested_by="ann")
        for step in (1, 2, 3):
            shift(world, order, step)
        entries = [e.decision for e in world.ledger.entries(MODEL)][-3:]
        assert {e.kind for e in entries} == {DecisionKind.RELEASE}
        assert [e.facts.get("step") for e in entries] == [1, 2, None]
        assert entries[0].facts["answering"] == "version 1 (champion) 95%, version 2 (challenger) 5%"
        assert (entries[2].facts["reasons"], entries[2].by) == ("enough calls", "ann")

    def test_a_shadow_answers_nobody(self, world: World) -> None:
        told = shift(world, canary(world, 2, strategy=ShadowStrategy(shadow=3600)), 1)
        assert (told.weight, told.wait_s, told.strategy) == (0, 3600, "shadow")
        (shadow,) = current(world).others
        assert (shadow.role, shadow.weight, shadow.slots) == ("shadow", 0, ())

    def test_the_salt_is_made_once_and_the_sample_is_the_newest_specs(self) -> None:
        world = live(capture={"sample": 0.25})
        before = current(world).capture
        shift(world, canary(world, 2), 1)
        assert before.salt == "salt"
        assert (before.sample, current(world).capture) == (0.25, before)

    def test_the_first_version_of_a_model_goes_live_at_once_whatever_the_strategy(self, world: World) -> None:
        world.deployments.history.clear()
        world.versions.versions[MODEL, 1] = world.versions.load(MODEL, 1).model_copy(
            update={"state": CANDIDATE}
        )
        order = plan(world, 1, event="ab" * 6).model_copy(update={"strategy": CANARY})
        assert shift(world, order, 1).outcome == "live"

    def test_a_step_told_twice_is_carried_out_once_and_told_again(self, world: World) -> None:
        order = canary(world, 2)
        first = shift(world, order, 1)
        second = shift(world, order, 2)
        assert (shift(world, order, 1), shift(world, order, 2)) == (first, second)
        assert (current(world).generation, second.generation) == (3, 3)
        assert [t.generation for t in world.publisher.of(TrafficShifted)] == [2, 3, 2, 3]

    @pytest.mark.parametrize("step", [2, 3])
    def test_a_step_out_of_turn_does_nothing(self, world: World, step: int) -> None:
        assert shift(world, canary(world, 2), step).outcome == "over"
        assert current(world).generation == 1

    def test_a_plan_made_on_an_older_deployment_is_refused(self, world: World) -> None:
        late = canary(world, 3, event="ab" * 6)
        world.deploy(plan(world, 2, generation=1))
        with pytest.raises(ReleaseRefused, match="planned on 1"):
            shift(world, late, 1)

    def test_what_needs_an_approval_is_shown_to_nobody_without_one(self, world: World) -> None:
        with pytest.raises(ReleaseRefused, match="needs an approval"):
            shift(world, canary(world, 2, needs_approval=True), 1)
        assert state(world, 2) is CANDIDATE


class TestJudge:
    def test_a_judged_release_is_broken_off_with_its_reasons(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        for _ in range(2):
            world.break_off(MODEL, order.release_id, judged(order.release_id, ("it is worse",)))
        told = world.publisher.of(ModelRolledBack)
        assert told[0] == told[1]
        assert (told[0].by, told[0].version, told[0].restored, told[0].reasons) == (
            "judge",
            2,
            1,
            ("it is worse",),
        )
        assert [state(world, n) for n in (1, 2)] == [LIVE, ROLLED_BACK]
        assert current(world).generation == 3
        assert world.versions.load(MODEL, 2).note == "rolled back by judge: it is worse"
        newest = world.ledger.entries(MODEL)[-1].decision
        assert (newest.kind, newest.by, newest.subject) == (
            DecisionKind.ROLLBACK,
            "tideline:judge_release",
            "version 2",
        )
        require_sound(world)

    def test_a_release_that_somebody_else_ended_is_over(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        world.break_off(MODEL, order.release_id, judged("another", ("x",)))
        assert world.break_off(MODEL, order.release_id, judged(order.release_id, ())) is None
        assert shift(world, order, 2).outcome == "over"

    def test_what_was_rolled_back_may_be_released_again(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        world.break_off(MODEL, order.release_id, judged(order.release_id, ("x",)))
        assert shift(world, canary(world, 2, event="ab" * 6), 1).outcome == "under_way"
        require_sound(world)


class TestTwoAtOnce:
    def test_of_two_that_were_planned_together_one_waits_for_the_other(self, world: World) -> None:
        first, second = canary(world, 2, event="aa" * 6), canary(world, 3, event="bb" * 6, requested_by="ann")
        shift(world, first, 1)
        assert shift(world, second, 1).outcome == "queued"
        assert shift(world, second, 1).outcome == "queued"
        world.conclude_release(ended(second, "SUCCEEDED"))
        assert world.engine.started == {}
        for step in (2, 3):
            shift(world, first, step)
        world.conclude_release(ended(first, "SUCCEEDED"))
        (order,) = map(ReleaseOrder.model_validate_json, world.engine.started.values())
        assert (order.version, order.generation, order.requested_by) == (3, 4, "ann")
        assert order.strategy == CANARY
        assert order.release_id != second.release_id

    def test_who_was_approved_for_one_release_is_refused_another(self, world: World) -> None:
        shift(world, canary(world, 2, event="aa" * 6), 1)
        with pytest.raises(ReleaseRefused, match="another release is under way"):
            shift(world, canary(world, 3, event="bb" * 6, needs_approval=True), 1)

    def test_a_wish_waits_until_the_release_under_way_has_ended(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        assert world.start_release(wish(3)) is None
        assert world.start_release(wish(3)) is None
        assert (world.engine.started, world.publisher.of(RunFailed)) == ({}, [])
        world.break_off(MODEL, order.release_id, judged(order.release_id, ("x",)))
        for _ in range(2):
            world.conclude_release(ended(order, "SUCCEEDED"))
        (started,) = map(ReleaseOrder.model_validate_json, world.engine.started.values())
        assert (started.version, started.generation) == (3, current(world).generation)
        assert world.queue.remembered(MODEL) is None

    def test_the_newest_wish_waits_and_whom_it_displaces_is_told(self, world: World) -> None:
        shift(world, canary(world, 2), 1)
        world.start_release(wish(1, event="cc" * 6))  # live already: nothing to wait for
        world.start_release(wish(3, event="aa" * 6))
        world.start_release(wish(3, event="bb" * 6))
        waiting = world.queue.remembered(MODEL)
        assert waiting is not None
        assert waiting.event_id == "bb" * 6
        (told,) = world.publisher.of(RunFailed)
        assert "took its place" in told.cause

    def test_who_is_displaced_by_a_release_that_came_too_late_is_told(self, world: World) -> None:
        late = canary(world, 3, event="bb" * 6, requested_by="ann")
        shift(world, canary(world, 2, event="aa" * 6), 1)
        world.start_release(wish(3, event="cc" * 6))
        for _ in range(2):
            assert shift(world, late, 1).outcome == "queued"
        waiting = world.queue.remembered(MODEL)
        assert waiting is not None
        assert waiting.requested_by == "ann"
        (told,) = world.publisher.of(RunFailed)
        assert "took its place" in told.cause

    def test_the_end_of_a_release_that_nobody_saw_is_seen_by_who_waits(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)

        def end_meanwhile(wish: object) -> None:
            remember(wish)  # type: ignore[arg-type]
            world.break_off(MODEL, order.release_id, judged(order.release_id, ("x",)))

        remember = world.queue.remember
        world.queue.remember = end_meanwhile  # type: ignore[method-assign,assignment]
        assert world.start_release(wish(3)) == wish(3).release_id

    def test_a_version_that_is_being_released_is_not_released_once_more(self, world: World) -> None:
        shift(world, canary(world, 2), 1)
        assert world.start_release(wish(2, event="ab" * 6)) is None
        assert "step 1 of 3" in world.publisher.of(RunFailed)[0].cause
        assert world.start_release(wish(2, event="ac" * 6, automatic=True)) is None
        assert len(world.publisher.of(RunFailed)) == 1

    def test_the_wish_behind_the_release_under_way_told_again_finds_it(self, world: World) -> None:
        shift(world, canary(world, 2, event="ab" * 6), 1)
        found = world.start_release(wish(2, event="ab" * 6))
        assert current(world).rollout is not None
        assert found == current(world).rollout.release_id  # type: ignore[union-attr]


class TestSupersede:
    @pytest.fixture
    def world(self) -> World:
        return live(release={"newer": "supersede"})

    @pytest.mark.parametrize("automatic", [True, False])
    def test_a_newer_version_takes_the_place_of_the_older(self, world: World, automatic: bool) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        name = world.start_release(wish(3, automatic=automatic))
        started = ReleaseOrder.model_validate_json(world.engine.started[name or ""])
        assert (started.version, started.generation) == (3, 3)
        (told,) = world.publisher.of(ModelRolledBack)
        assert (told.by, told.reasons, told.version) == ("request", ("superseded by version 3",), 2)
        assert state(world, 2) is CANDIDATE
        assert shift(world, order, 2).outcome == "over"
        require_sound(world)

    def test_an_older_version_waits(self, world: World) -> None:
        shift(world, canary(world, 3), 1)
        assert world.start_release(wish(2)) is None
        assert world.queue.remembered(MODEL) is not None
        assert state(world, 3) is RELEASING

    def test_a_version_that_cannot_be_released_supersedes_nothing(self, world: World) -> None:
        shift(world, canary(world, 2), 1)
        world.versions.versions[MODEL, 3] = world.versions.load(MODEL, 3).model_copy(
            update={"state": VersionState.REJECTED}
        )
        world.start_release(wish(3))
        assert (state(world, 2), len(world.publisher.of(RunFailed))) == (RELEASING, 1)

    def test_who_dies_in_between_supersedes_once_and_tells(self) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = live(release={"newer": "supersede"})
            shift(world, canary(world, 2), 1)
            world.plan = crash
            try:
                world.start_release(wish(3))
            except Crash:
                world.start_release(wish(3))
            assert len(world.engine.started) == 1
            assert {t.version for t in world.publisher.of(ModelRolledBack)} == {2}
            assert current(world).generation == 3
            require_sound(world)

        assert sweep(scenario) >= 8


class TestJudgedBeside:
    def test_a_version_compared_with_another_champion_does_not_go_live_by_itself(self, world: World) -> None:
        world.lake.write(keys.version_key(MODEL, 3, "report.json"), b'{"champion": {"version": 1}, "x": 1}')
        assert world.start_release(wish(3, automatic=True, event="aa" * 6)) is not None
        world.deploy(plan(world, 2, generation=1))
        assert world.start_release(wish(3, automatic=True, event="bb" * 6)) is None
        (told,) = world.publisher.of(RunFailed)
        assert "compared with version 1, but version 2 is live" in told.cause
        assert world.start_release(wish(3, event="cc" * 6)) is not None

    @pytest.mark.parametrize("report", [b'{"champion": null}', b"not a report", None])
    def test_what_nobody_recorded_holds_nobody_up(self, world: World, report: bytes | None) -> None:
        if report is not None:
            world.lake.write(keys.version_key(MODEL, 3, "report.json"), report)
        assert world.start_release(wish(3, automatic=True)) is not None


class TestEnd:
    @pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"])
    def test_no_challenger_outlives_its_workflow(self, world: World, status: str) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        for _ in range(2):
            world.conclude_release(ended(order, status))
        told = world.publisher.of(ModelRolledBack)
        assert {(t.by, t.restored, t.generation) for t in told} == {("failure", 1, 3)}
        assert [state(world, n) for n in (1, 2)] == [LIVE, CANDIDATE]
        require_sound(world)

    def test_the_end_of_an_older_release_leaves_the_newer_alone(self, world: World) -> None:
        older = canary(world, 2, event="aa" * 6)
        shift(world, older, 1)
        world.break_off(MODEL, older.release_id, judged(older.release_id, ("x",)))
        shift(world, canary(world, 3, event="bb" * 6), 1)
        world.conclude_release(ended(older))
        assert state(world, 3) is RELEASING

    def test_a_rollout_whose_workflow_ended_in_silence_holds_nobody_up(self, world: World) -> None:
        order = canary(world, 2)
        shift(world, order, 1)
        world.engine.ended.add(world.engine.execution_arn(order.release_id))
        assert world.start_release(wish(3)) == wish(3).release_id
        assert state(world, 2) is CANDIDATE
        require_sound(world)

    def test_whoever_dies_at_any_step_leaves_no_challenger_without_an_owner(self) -> None:
        for last in (1, 2, 3):

            def scenario(crash: CrashPlan, last: int = last) -> None:
                world = live()
                order = canary(world, 2)
                for step in range(1, last):
                    shift(world, order, step)
                world.plan = crash
                try:
                    shift(world, order, last)
                except Crash:
                    # Nobody tries again: the workflow fails.
                    world.conclude_release(ended(order))
                    world.conclude_release(ended(order))
                    assert current(world).rollout is None
                require_sound(world)

            assert sweep(scenario) >= 5

    def test_whoever_dies_at_any_step_and_comes_again_carries_it_out_once(self) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = live()
            order = canary(world, 2)
            world.plan = crash
            for step in (1, 2, 3):
                try:
                    shift(world, order, step)
                except Crash:
                    shift(world, order, step)
            assert [d.generation for d in world.deployments.history[MODEL]] == [1, 2, 3, 4]
            assert {t.step for t in world.publisher.of(TrafficShifted)} == {1, 2}
            assert {t.version for t in world.publisher.of(ModelDeployed)} == {2}
            require_sound(world)

        assert sweep(scenario) >= 15

    def test_whoever_dies_while_concluding_concludes_all_the_same(self) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = live()
            order = canary(world, 2)
            shift(world, order, 1)
            world.start_release(wish(3))
            world.plan = crash
            try:
                world.conclude_release(ended(order))
            except Crash:
                world.conclude_release(ended(order))
            assert current(world).rollout is None
            assert [t.by for t in world.publisher.of(ModelRolledBack)][:1] == ["failure"]
            assert list(world.engine.started) == [wish(3).release_id]
            assert world.queue.remembered(MODEL) is None
            require_sound(world)

        assert sweep(scenario) >= 10
