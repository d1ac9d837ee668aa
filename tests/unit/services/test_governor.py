"""The governor at work: a hundred wishes, one run; what is denied for now starts when it may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.clock import START
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.registry import FakeRunRegistry
from tests.fakes.samples import MODEL, batch, dropped, receipt, spec, version
from tests.fakes.world import World
from tideline.domain.contract.spec import SpecHead
from tideline.domain.costs.usage import Usage
from tideline.domain.training.admission import Denial, Request
from tideline.domain.training.run import RunStatus, Trigger
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import RetrainDenied
from tideline.services.admit_run import Outcome

D1, D2, D3 = (f"{MODEL}-d{number}-s1" for number in (1, 2, 3))
BEGAN = Outcome(run_id=D2)


def wish(trigger: Trigger, event_id: str, **fields: bool) -> Request:
    return Request(MODEL, trigger, event_id, requested_by="", **fields)


def drift(event_id: str = "drift-1") -> Request:
    return wish(Trigger.DRIFT, event_id)


def data(event_id: str = "data-1") -> Request:
    return wish(Trigger.DATA, event_id)


def asked(event_id: str = "ask-1", *, force: bool = False) -> Request:
    return wish(Trigger.REQUEST, event_id, force=force)


def accept(world: World, number: int) -> None:
    obj = dropped(f"{number}.csv")
    world.receipts.claim(MODEL, obj)
    world.datasets.accept(batch(number, obj=obj), obj, receipt(obj))


def end(world: World, name: str, status: RunStatus = RunStatus.REGISTERED, *, conclude: bool = True) -> None:
    run = world.runs.load(MODEL, name)
    assert run is not None
    world.runs.save(run.model_copy(update={"status": status, "ended_at": world.clock()}))
    if conclude:
        heard_of(world, name)


def heard_of(world: World, name: str) -> None:
    world.conclude_run(ExecutionEnded(execution_arn=f"arn:{name}", name=name, status="SUCCEEDED"))


def learnt(world: World | None = None, **retraining: object) -> World:
    """A world whose model was trained on its first data and is registered; new data is there too."""
    world = world or World()
    world.specs.append(spec(retraining=retraining), head=SpecHead(), at=START)
    accept(world, 1)
    world.admit_run(data("first"))
    world.versions.register(version(run_id=D1))
    end(world, D1)
    world.publisher.events.clear()
    return world


def waiting(world: World) -> tuple[Trigger, Denial] | None:
    found = world.runs.remembered(MODEL)
    return (found.trigger, found.denial) if found else None


def begun(world: World) -> list[str]:
    return list(world.engine.started)


def denials(world: World) -> list[tuple[str, Denial]]:
    return [(told.trigger, told.reason) for told in world.publisher.of(RetrainDenied)]


class TestDebounce:
    def test_a_hundred_drift_events_in_an_hour_start_one_run(self) -> None:
        world = learnt(on=["drift"], cooldown="6h")
        world.clock.wait(hours=7)
        accept(world, 2)
        outcomes = []
        for n in range(100):
            outcomes.append(world.admit_run(drift(f"drift-{n}")))
            world.clock.wait(seconds=30)
            if n == 40:
                end(world, D2)
            if n == 60:
                accept(world, 3)
        assert begun(world) == [D1, D2]
        assert {outcome.denial for outcome in outcomes[1:]} == {Denial.NOTHING_NEW, Denial.COOLDOWN}
        assert waiting(world) == (Trigger.DRIFT, Denial.COOLDOWN)
        # One word for each reason, however often it came.
        assert denials(world) == [("drift", Denial.NOTHING_NEW), ("drift", Denial.COOLDOWN)]
        assert len(world.wake_ups.moments[MODEL]) == 1

    @given(
        st.lists(
            st.sampled_from(
                [
                    "drift",
                    "drift again",
                    "drop",
                    "data",
                    "schedule",
                    "end",
                    "fail",
                    "reject",
                    "wake",
                    "accept",
                ]
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_in_any_order_and_number_one_run_is_in_flight_and_work_is_done_once(
        self, steps: list[str]
    ) -> None:
        world = learnt(on=["data", "drift", "performance", "schedule"], schedule="rate(1 day)", cooldown="6h")
        accept(world, 2)
        happen: dict[str, Callable[[int], object]] = {
            "drift": lambda n: world.admit_run(drift(f"e{n}")),
            "drift again": lambda n: world.admit_run(drift("the same")),
            "drop": lambda n: world.admit_run(wish(Trigger.PERFORMANCE, f"e{n}")),
            "data": lambda n: world.admit_run(data(f"e{n}")),
            "schedule": lambda n: world.admit_run(wish(Trigger.SCHEDULE, f"e{n}")),
            "end": lambda n: over(world),
            "fail": lambda n: over(world, RunStatus.FAILED),
            "reject": lambda n: over(world, RunStatus.REJECTED),
            "wake": lambda n: (world.clock.wait(hours=7), world.admit_run.review(MODEL)),
            "accept": lambda n: accept(world, world.datasets.latest_version(MODEL) + 1),
        }
        for n, step in enumerate(steps):
            stood = state(world)
            happen[step](n)
            # What is measured starts a run, or waits; what waits goes only where a run began or ended well.
            if step in ("drift", "drop"):
                assert state(world) != stood or waiting(world)
            elif stood[0] in (Trigger.DRIFT, Trigger.PERFORMANCE) and not waiting(world):
                assert state(world)[1:] != stood[1:]
        runs = world.runs.all(MODEL)
        work = [(r.order.dataset_version, r.order.spec_version) for r in runs if r.status != RunStatus.FAILED]
        assert len(work) == len(set(work))
        assert [run.order.run_id for run in runs if not run.is_over] in ([], [world.runs.in_flight(MODEL)])
        for before, after in pairwise(runs):
            assert before.ended_at is not None
            assert after.created_at - before.ended_at >= timedelta(hours=6)

    @pytest.mark.parametrize("order", list(permutations(["drift", "data", "drop"])))
    def test_the_order_of_events_does_not_decide_how_many_runs_there_are(
        self, order: tuple[str, ...]
    ) -> None:
        world = learnt()
        accept(world, 2)
        requests = {"drift": drift(), "data": data(), "drop": wish(Trigger.PERFORMANCE, "drop-1")}
        for name in order:
            world.admit_run(requests[name])
        for name in order:
            world.admit_run(requests[name])
        end(world, D2)
        assert begun(world) == [D1, D2]
        assert waiting(world) is None


def over(world: World, status: RunStatus = RunStatus.REGISTERED) -> None:
    holder = world.runs.in_flight(MODEL)
    if holder is not None:
        end(world, holder, status)


def state(world: World) -> tuple[Trigger | None, int, int]:
    """Return what waits, how many runs have begun and how many ended with a version that may go live."""
    found, runs = waiting(world), world.runs.all(MODEL)
    return found and found[0], len(runs), sum(run.status is RunStatus.REGISTERED for run in runs)


class TestWakeUps:
    def test_a_cooldown_ends_with_a_wake_up_that_starts_the_run(self) -> None:
        world = learnt(on=["drift"], cooldown="6h")
        accept(world, 2)
        assert world.admit_run(drift()).denial is Denial.COOLDOWN
        (moment,) = world.wake_ups.moments[MODEL]
        (told,) = world.publisher.of(RetrainDenied)
        assert told.remembered
        assert told.until is not None
        assert told.until <= moment < told.until + timedelta(seconds=1)
        world.clock.now = moment
        assert world.admit_run.review(MODEL) == BEGAN
        assert waiting(world) is None
        run = world.runs.load(MODEL, D2)
        assert run is not None
        assert run.trigger is Trigger.DRIFT

    def test_an_early_a_late_and_a_second_wake_up_do_no_harm(self) -> None:
        world = learnt(on=["drift"], cooldown="6h")
        assert world.admit_run.review(MODEL) == Outcome()
        accept(world, 2)
        world.admit_run(drift())
        for _ in range(3):
            assert world.admit_run.review(MODEL).remembered
        assert len(denials(world)) == 1
        world.clock.wait(days=9)
        assert {world.admit_run.review(MODEL).run_id for _ in range(3)} == {D2, None}
        assert begun(world) == [D1, D2]

    def test_a_lost_wake_up_is_made_up_for_by_whatever_comes_next(self) -> None:
        world = learnt(on=["drift"], cooldown="6h")
        accept(world, 2)
        world.admit_run(drift())
        world.clock.wait(hours=7)
        assert world.admit_run(data()).run_id == D2
        assert waiting(world) is None

    def test_a_moment_that_is_as_good_as_past_is_set_a_minute_from_now(self) -> None:
        world = learnt(on=["drift"], cooldown="1m")
        accept(world, 2)
        world.clock.wait(seconds=45)
        now = world.clock.now
        assert world.admit_run(drift()).denial is Denial.COOLDOWN
        (moment,) = world.wake_ups.moments[MODEL]
        assert moment >= now + timedelta(minutes=1)

    def test_one_rule_after_the_other_may_hold_it_back(self) -> None:
        world = learnt(on=["drift"], cooldown="6h", max_runs_per_month=1)
        accept(world, 2)
        world.admit_run(drift())
        world.clock.wait(hours=7)
        assert world.admit_run.review(MODEL).denial is Denial.RUN_BUDGET
        assert denials(world) == [("drift", Denial.COOLDOWN), ("drift", Denial.RUN_BUDGET)]
        assert world.wake_ups.moments[MODEL][-1] == datetime(2026, 4, 1, tzinfo=UTC)
        world.clock.now = world.wake_ups.moments[MODEL][-1]
        assert world.admit_run.review(MODEL) == BEGAN

    def test_another_spec_may_let_it_start_at_once(self) -> None:
        world = learnt(on=["drift"], max_runs_per_month=1)
        accept(world, 2)
        assert world.admit_run(drift()).denial is Denial.RUN_BUDGET
        world.specs.append(spec(retraining={"on": ["drift"]}), head=world.specs.head(MODEL), at=START)
        assert world.admit_run.review(MODEL).run_id == f"{MODEL}-d2-s2"


class TestBudgetsAndBreaker:
    def test_the_month_s_costs_hold_back_also_by_force_and_a_file_is_told_of(self) -> None:
        world = World()
        world.meter.used = Usage(transitions=40_000)
        learnt(world, max_cost_per_month=1)
        accept(world, 2)
        assert world.admit_run(data()).denial is Denial.COST_BUDGET
        assert world.admit_run(asked(force=True)).denial is Denial.COST_BUDGET
        assert denials(world) == [("data", Denial.COST_BUDGET), ("request", Denial.COST_BUDGET)]
        assert waiting(world) == (Trigger.REQUEST, Denial.COST_BUDGET)

    def test_a_history_that_cannot_be_read_does_not_lift_the_limit(self) -> None:
        world = World()
        world.meter.used = None
        learnt(world, max_cost_per_month=100)
        accept(world, 2)
        assert world.admit_run(data()).denial is Denial.COST_BUDGET
        assert "could not be found out" in world.publisher.of(RetrainDenied)[0].message

    def test_rejections_open_the_breaker_and_one_run_is_let_through_after_a_while(self) -> None:
        world = learnt(breaker={"rejected": 2, "retry_after": "1d"})
        for number in (2, 3):
            accept(world, number)
            world.admit_run(data(f"data-{number}"))
            end(world, f"{MODEL}-d{number}-s1", RunStatus.REJECTED)
        accept(world, 4)
        assert world.admit_run(data("data-4")).denial is Denial.BREAKER_OPEN
        world.clock.now = world.wake_ups.moments[MODEL][-1]
        assert world.admit_run.review(MODEL).run_id == f"{MODEL}-d4-s1"
        accept(world, 5)
        assert world.admit_run(data("data-5")).denial is Denial.IN_FLIGHT
        end(world, f"{MODEL}-d4-s1", RunStatus.REJECTED)
        assert waiting(world) == (Trigger.DATA, Denial.BREAKER_OPEN)
        assert f"{MODEL}-d5-s1" not in begun(world)
        assert world.admit_run(asked()).run_id == f"{MODEL}-d5-s1"
        assert waiting(world) is None


class Meanwhile(FakeRunRegistry):
    """Something happens just before a wish is noted, once."""

    then: Callable[[], object] = staticmethod(lambda: None)

    def remember(self, wish: object) -> bool:  # type: ignore[override]
        then, self.then = self.then, lambda: None
        then()
        return super().remember(wish)  # type: ignore[arg-type]


class TestNothingNew:
    def test_drift_without_new_data_waits_for_it_even_where_data_alone_starts_nothing(self) -> None:
        world = learnt(on=["drift"])
        assert world.admit_run(drift()) == Outcome(denial=Denial.NOTHING_NEW, remembered=True)
        assert world.admit_run(data("old")) == Outcome(denial=Denial.NOTHING_NEW, remembered=True)
        accept(world, 2)
        assert world.admit_run(data("data-2")) == BEGAN
        run = world.runs.load(MODEL, D2)
        assert run is not None
        assert run.trigger is Trigger.DRIFT
        assert waiting(world) is None
        end(world, D2)
        accept(world, 3)
        assert world.admit_run(data("data-3")).denial is Denial.NOT_ASKED_FOR

    def test_data_that_arrives_while_a_wish_is_noted_is_not_missed(self) -> None:
        runs = Meanwhile()
        world = learnt(World(runs=runs), on=["drift"])

        def arrives() -> None:
            accept(world, 2)
            assert world.admit_run(data("data-2")).denial is Denial.NOT_ASKED_FOR

        runs.then = arrives
        assert world.admit_run(drift()) == BEGAN

    def test_a_wish_that_another_run_has_fulfilled_starts_none_of_its_own(self) -> None:
        world = learnt(on=["drift"])
        world.admit_run(drift())
        accept(world, 2)
        world.admit_run(asked())
        assert waiting(world) is None
        end(world, D2)
        accept(world, 3)
        assert world.admit_run(data("data-3")).denial is Denial.NOT_ASKED_FOR

    def test_the_same_work_by_force_does_not_fulfil_it(self) -> None:
        world = learnt(on=["drift"])
        world.admit_run(drift())
        world.admit_run(asked(force=True))
        end(world, f"{D1}-a2")
        assert waiting(world) == (Trigger.DRIFT, Denial.NOTHING_NEW)

    def test_a_run_that_fails_at_once_is_not_tried_again_for_every_event(self) -> None:
        world = learnt(on=["drift"])
        accept(world, 2)
        world.admit_run(drift())
        end(world, D2, RunStatus.FAILED)
        for n in range(20):
            world.admit_run(drift(f"again-{n}"))
        assert begun(world) == [D1, D2]
        world.clock.now = world.wake_ups.moments[MODEL][-1]
        assert world.admit_run.review(MODEL).run_id == f"{D2}-a2"

    @pytest.mark.parametrize("trigger", [Trigger.DRIFT, Trigger.PERFORMANCE])
    def test_what_comes_during_a_run_that_is_rejected_waits_for_new_data(self, trigger: Trigger) -> None:
        world = learnt(on=["drift", "performance"])
        accept(world, 2)
        world.admit_run(asked())
        assert world.admit_run(wish(trigger, "during")).remembered
        assert denials(world) == []
        end(world, D2, RunStatus.REJECTED)
        assert (begun(world), waiting(world)) == ([D1, D2], (trigger, Denial.NOTHING_NEW))
        assert denials(world) == [(trigger, Denial.NOTHING_NEW)]
        accept(world, 3)
        assert world.admit_run(data("data-3")).run_id == D3
        assert waiting(world) is None

    def test_what_comes_during_a_run_that_fails_tries_again_after_a_while(self) -> None:
        world = learnt(on=["drift"])
        accept(world, 2)
        world.admit_run(asked())
        world.admit_run(drift())
        end(world, D2, RunStatus.FAILED)
        assert waiting(world) == (Trigger.DRIFT, Denial.NOTHING_NEW)
        world.clock.now = world.wake_ups.moments[MODEL][-1]
        assert world.admit_run.review(MODEL).run_id == f"{D2}-a2"

    @pytest.mark.parametrize("data_meanwhile", [False, True])
    def test_what_comes_during_a_run_is_fulfilled_by_its_version(self, data_meanwhile: bool) -> None:
        world = learnt(on=["drift"])
        accept(world, 2)
        world.admit_run(asked())
        world.admit_run(drift())
        if data_meanwhile:
            accept(world, 3)
            world.admit_run(data("data-3"))
        end(world, D2)
        assert (begun(world), waiting(world)) == ([D1, D2], None)

    def test_a_run_that_ends_while_a_wish_is_noted_leaves_it_waiting(self) -> None:
        runs = Meanwhile()
        world = learnt(World(runs=runs), on=["drift"])
        accept(world, 2)
        world.admit_run(asked())
        runs.then = lambda: end(world, D2, RunStatus.FAILED)
        world.admit_run(drift())
        assert waiting(world) == (Trigger.DRIFT, Denial.NOTHING_NEW)
        world.clock.now = world.wake_ups.moments[MODEL][-1]
        assert world.admit_run.review(MODEL).run_id == f"{D2}-a2"

    def test_a_spec_that_does_not_ask_for_drift_is_silent_about_it(self) -> None:
        world = learnt(on=["data"])
        accept(world, 2)
        assert world.admit_run(drift()).denial is Denial.NOT_ASKED_FOR
        assert denials(world) == []
        assert waiting(world) is None

    def test_a_dead_run_is_found_also_by_who_asks_for_the_same_work(self) -> None:
        world = learnt(on=["drift"])
        accept(world, 2)
        world.admit_run(drift())
        run = world.runs.load(MODEL, D2)
        assert run is not None
        world.engine.ended.add(run.execution_arn)
        world.clock.wait(minutes=3)
        world.admit_run(asked())
        assert begun(world) == [D1, D2, f"{D2}-a2"]


class TestStrength:
    def test_a_weaker_wish_takes_no_stronger_one_s_place_and_waits_with_it(self) -> None:
        world = learnt(on=["data", "drift", "performance"], cooldown="6h")
        accept(world, 2)
        world.admit_run(wish(Trigger.PERFORMANCE, "drop"))
        for request in (drift(), data()):
            assert world.admit_run(request) == Outcome(denial=Denial.COOLDOWN, remembered=True)
        assert waiting(world) == (Trigger.PERFORMANCE, Denial.COOLDOWN)
        assert denials(world) == [("performance", Denial.COOLDOWN)]

    def test_a_fulfilled_wish_that_was_left_behind_keeps_no_weaker_one_out(self) -> None:
        world = learnt(on=["data", "drift", "performance"], cooldown="6h")
        accept(world, 2)
        world.admit_run(wish(Trigger.PERFORMANCE, "drop"))
        left = world.runs.remembered(MODEL)
        assert left is not None
        world.admit_run(asked())
        world.runs.remember(left)
        end(world, D2, conclude=False)
        world.runs.release_lock(MODEL, D2)
        accept(world, 3)
        world.admit_run(drift())
        assert waiting(world) == (Trigger.DRIFT, Denial.COOLDOWN)


@pytest.mark.parametrize("status", [RunStatus.REGISTERED, RunStatus.REJECTED, RunStatus.FAILED])
def test_a_crash_anywhere_around_drift_during_a_run_loses_nothing(status: RunStatus) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = learnt(on=["drift"])
        accept(world, 2)
        world.admit_run(asked())
        world.plan = plan
        surely(lambda: world.admit_run(drift()))
        end(world, D2, status, conclude=False)
        surely(lambda: heard_of(world, D2))
        expected = None if status is RunStatus.REGISTERED else (Trigger.DRIFT, Denial.NOTHING_NEW)
        assert waiting(world) == expected
        assert begun(world) == [D1, D2]

    assert sweep(scenario) >= 15


def surely(step: Callable[[], object]) -> None:
    """At least once, as queues deliver."""
    try:
        step()
    except Crash:
        step()


@pytest.mark.parametrize("on", [["drift"], ["data", "drift"]])
def test_a_crash_anywhere_on_the_way_from_drift_to_its_run_loses_nothing(on: list[str]) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = learnt(on=on, cooldown="6h")
        world.plan = plan

        surely(lambda: world.admit_run(drift()))
        assert waiting(world) == (Trigger.DRIFT, Denial.NOTHING_NEW)
        accept(world, 2)
        surely(lambda: world.admit_run(data("data-2")))
        assert waiting(world) == (Trigger.DRIFT, Denial.COOLDOWN)
        world.clock.now = world.wake_ups.moments[MODEL][-1]
        surely(lambda: world.admit_run.review(MODEL))
        assert begun(world) == [D1, D2]
        end(world, D2, conclude=False)
        surely(lambda: heard_of(world, D2))
        assert begun(world) == [D1, D2]
        assert waiting(world) is None
        assert world.runs.in_flight(MODEL) is None
        assert set(denials(world)) >= {("drift", Denial.NOTHING_NEW), ("drift", Denial.COOLDOWN)}
        run = world.runs.load(MODEL, D2)
        assert run is not None
        assert run.cost is not None

    assert sweep(scenario) >= 30
