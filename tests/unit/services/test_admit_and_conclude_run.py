from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.fakes.aws import make_table
from tests.fakes.clock import START
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.registry import FakeRunRegistry
from tests.fakes.samples import MODEL, batch, dropped, order, receipt, run, spec
from tests.fakes.world import World
from tideline.adapters.admission import admit_run_on
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.domain.contract.spec import SpecHead
from tideline.domain.training.admission import Denial, Request
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Run, RunOrder, RunStatus, Trigger
from tideline.errors import RegistryConflict
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import RetrainDenied, RunFailed, TrainingStarted
from tideline.services.admit_run import Outcome

IN_FLIGHT = Outcome(denial=Denial.IN_FLIGHT, remembered=True)
RUN_1, RUN_2 = f"{MODEL}-d1-s1", f"{MODEL}-d2-s1"


def data(event_id: str = "data-1") -> Request:
    return Request(MODEL, Trigger.DATA, event_id)


def asked(event_id: str = "ask-1", *, force: bool = False) -> Request:
    return Request(MODEL, Trigger.REQUEST, event_id, requested_by="ann", force=force)


def accept(world: World, number: int) -> None:
    obj = dropped(f"{number}.csv")
    world.receipts.claim(MODEL, obj)
    world.datasets.accept(batch(number, obj=obj), obj, receipt(obj))


@pytest.fixture
def world() -> World:
    return filled(World())


def filled(world: World) -> World:
    world.specs.append(spec(), head=SpecHead(), at=START)
    accept(world, 1)
    return world


def ended(name: str = RUN_1, status: str = "FAILED", **fields: str) -> ExecutionEnded:
    return ExecutionEnded(execution_arn=f"arn:execution:{name}", name=name, status=status, **fields)


def record(world: World, name: str = RUN_1) -> Run:
    found = world.runs.load(MODEL, name)
    assert found is not None
    return found


def waiting(world: World) -> Request | None:
    wish = world.runs.remembered(MODEL)
    return wish.request if wish else None


def finish(world: World, name: str = RUN_1, status: RunStatus = RunStatus.REGISTERED) -> None:
    world.runs.save(record(world, name).model_copy(update={"status": status}))


class TestAdmit:
    def test_new_data_starts_a_run_that_is_told_and_recorded(self, world: World) -> None:
        assert world.admit_run(data()) == Outcome(run_id=RUN_1)
        (told,) = world.publisher.of(TrainingStarted)
        assert (told.run_id, told.trigger, told.dataset_version) == (RUN_1, "data", 1)
        assert record(world).status is RunStatus.RUNNING
        assert record(world).execution_arn == f"arn:execution:{RUN_1}"
        assert RunOrder.model_validate_json(world.engine.started[RUN_1]) == record(world).order

    def test_the_same_event_again_finds_its_run(self, world: World) -> None:
        outcomes = {world.admit_run(data()) for _ in range(10)}
        assert outcomes == {Outcome(run_id=RUN_1)}
        assert len(world.publisher.events) == 1
        assert world.runs.remembered(MODEL) is None

    def test_an_event_redriven_after_its_run_ended_starts_nothing(self, world: World) -> None:
        world.admit_run(data())
        finish(world)
        world.runs.release_lock(MODEL, RUN_1)
        accept(world, 2)
        world.clock.wait(days=5)
        assert world.admit_run(data()) == Outcome(run_id=RUN_1)
        assert list(world.engine.started) == [RUN_1]

    @pytest.mark.parametrize(
        ("model", "denial"), [("other", Denial.UNKNOWN_MODEL), (MODEL, Denial.NOTHING_NEW)]
    )
    def test_who_asks_is_told_why_not(self, world: World, model: str, denial: Denial) -> None:
        world.admit_run(data())
        world.publisher.events.clear()
        assert world.admit_run(replace(asked(), model=model)) == Outcome(denial=denial)
        (told,) = world.publisher.of(RetrainDenied)
        assert (told.reason, told.remembered, told.trigger) == (denial, False, "request")

    def test_a_file_that_starts_nothing_is_no_news(self, world: World) -> None:
        world.admit_run(data())
        world.publisher.events.clear()
        assert world.admit_run(data("data-2")) == Outcome(denial=Denial.NOTHING_NEW)
        assert world.publisher.events == []

    def test_what_comes_in_during_a_run_is_remembered(self, world: World) -> None:
        world.admit_run(data())
        accept(world, 2)
        assert world.admit_run(asked()) == IN_FLIGHT
        (told,) = world.publisher.of(RetrainDenied)
        assert told.remembered
        assert RUN_1 in told.message
        assert waiting(world) == asked()

    def test_a_run_left_at_its_beginning_is_started_by_who_comes_next(self, world: World) -> None:
        world.runs.begin(run(created_at=world.clock.now), event_id="lost")
        accept(world, 2)
        assert world.admit_run(data("data-2")).denial is Denial.IN_FLIGHT
        assert not world.engine.started
        world.clock.wait(minutes=3)
        world.admit_run(data("data-3"))
        assert list(world.engine.started) == [RUN_1]
        assert record(world).status is RunStatus.RUNNING

    @pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.REGISTERED])
    def test_a_lock_that_a_run_left_behind_is_taken(self, world: World, status: RunStatus) -> None:
        world.admit_run(data())
        finish(world, status=status)
        accept(world, 2)
        assert world.admit_run(data("data-2")) == Outcome(run_id=RUN_2)

    def test_a_run_whose_end_nobody_heard_of_fails_and_lets_go(self, world: World) -> None:
        world.admit_run(data())
        world.engine.ended.add(record(world).execution_arn)
        accept(world, 2)
        assert world.admit_run(data("data-2")).denial is Denial.IN_FLIGHT
        world.clock.wait(minutes=3)
        assert world.admit_run(data("data-3")) == Outcome(run_id=RUN_2)
        assert record(world).status is RunStatus.FAILED
        assert [told.run_id for told in world.publisher.of(RunFailed)] == [RUN_1]

    def test_a_run_that_takes_its_time_keeps_the_lock(self, world: World) -> None:
        world.admit_run(data())
        accept(world, 2)
        world.clock.wait(minutes=300)
        assert world.admit_run(data("data-2")).denial is Denial.IN_FLIGHT
        assert record(world).status is RunStatus.RUNNING

    def test_a_failed_run_is_tried_again_when_somebody_asks(self, world: World) -> None:
        world.admit_run(data())
        world.conclude_run(ended())
        assert world.admit_run(data("data-2")).denial is Denial.NOTHING_NEW
        assert world.admit_run(asked()).run_id == f"{RUN_1}-a2"
        assert record(world, f"{RUN_1}-a2").order.seed == record(world).order.seed


class _Interleaved(FakeRunRegistry):
    """Something happens just after the lock was looked at for the n-th time."""

    then: Callable[[], object] = staticmethod(lambda: None)
    at = 0

    def in_flight(self, model: str) -> str | None:
        seen = super().in_flight(model)
        self.at -= 1
        if self.at == 0:
            self.then()
        return seen


class TestRaces:
    @pytest.mark.parametrize("look", [1, 2, 3])
    def test_a_run_that_ends_while_a_wish_is_noted_does_not_swallow_it(self, look: int) -> None:
        runs = _Interleaved()
        world = filled(World(runs=runs))
        world.admit_run(data())
        accept(world, 2)
        runs.then, runs.at = lambda: world.conclude_run(ended()), look
        outcome = world.admit_run(data("data-2"))
        # After the third look it is remembered for certain, and the run's end finds it.
        assert outcome == (Outcome(run_id=RUN_2) if look < 3 else IN_FLIGHT)
        assert list(world.engine.started) == [RUN_1, RUN_2]
        assert runs.remembered(MODEL) is None

    def test_a_lock_that_keeps_changing_hands_is_tried_again_later(self) -> None:
        class NeverFree(FakeRunRegistry):
            def begin(self, run: Run, *, event_id: str) -> None:
                raise RegistryConflict("another writer was first")

        world = filled(World(runs=NeverFree()))
        with pytest.raises(RegistryConflict, match="kept changing hands"):
            world.admit_run(data())

    def test_one_event_at_once_in_many_hands_starts_one_run(self) -> None:
        class Meeting(FakeRunRegistry):
            """Nobody begins before everybody has looked."""

            barrier = threading.Barrier(10)

            def all(self, model: str) -> Sequence[Run]:
                found = super().all(model)
                if not found:
                    self.barrier.wait(5)
                return found

        world = filled(World(runs=Meeting()))
        outcomes = in_threads(lambda: world.admit_run(data()), 10)
        assert set(outcomes) == {Outcome(run_id=RUN_1)}
        assert list(world.engine.started) == [RUN_1]
        assert world.publisher.of(RetrainDenied) == []

    @pytest.mark.usefixtures("aws")
    @pytest.mark.parametrize("trigger", [Trigger.DATA, Trigger.DRIFT])
    @pytest.mark.parametrize("same_event", [True, False])
    def test_many_at_once_on_the_table_start_one_run(self, same_event: bool, trigger: Trigger) -> None:
        table, world = make_table(), World()
        admit = admit_run_on(
            table,
            engine=world.engine,
            publisher=world.publisher,
            wake_ups=world.wake_ups,
            clock=world.clock,
        )
        DynamoDbSpecRegistry(table).append(spec(), head=SpecHead(), at=START)
        DynamoDbReceiptRegistry(table).claim(MODEL, dropped())
        DynamoDbDatasetRegistry(table).accept(batch(1), dropped(), receipt(dropped()))
        events = iter(["e"] * 10 if same_event else [f"e{n}" for n in range(10)])
        outcomes = in_threads(lambda: admit(Request(MODEL, trigger, next(events))), 10)
        assert {o.run_id for o in outcomes} <= {RUN_1, None}
        assert {o.denial for o in outcomes} <= {None, Denial.IN_FLIGHT, Denial.NOTHING_NEW}
        assert list(world.engine.started) == [RUN_1]


def in_threads(call: Callable[[], Outcome], count: int) -> list[Outcome]:
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == count
    return outcomes


class TestConclude:
    def test_a_failure_is_recorded_told_and_gives_the_lock_back(self, world: World) -> None:
        world.admit_run(data())
        world.engine.stage = "Fit"
        world.conclude_run(ended(error="TrainingImpossible", cause="one class"))
        kept, (told,) = record(world), world.publisher.of(RunFailed)
        assert kept.failure is not None
        assert (kept.status, kept.ended_at is None) == (RunStatus.FAILED, False)
        assert (kept.failure.stage, kept.failure.error, kept.failure.cause) == (
            "Fit",
            "TrainingImpossible",
            "one class",
        )
        assert kept.failure.inputs["data set version"] == "1"
        assert kept.failure.inputs["work in the lake"] == f"{MODEL}/runs/{RUN_1}/"
        assert kept.failure.reproduce == f"tideline retrain {MODEL}"
        assert (told.run_id, told.stage, told.error) == (RUN_1, "Fit", "TrainingImpossible")
        assert world.runs.in_flight(MODEL) is None

    @pytest.mark.parametrize(
        ("status", "error"),
        [("TIMED_OUT", "States.Timeout"), ("ABORTED", "States.Aborted"), ("SUCCEEDED", "NoOutcome")],
    )
    def test_an_end_without_an_error_gets_a_name(self, world: World, status: str, error: str) -> None:
        world.admit_run(data())
        world.conclude_run(ended(status=status))
        (told,) = world.publisher.of(RunFailed)
        assert told.error == error
        assert told.cause
        assert world.runs.in_flight(MODEL) is None

    def test_an_error_that_came_with_a_timeout_is_kept(self, world: World) -> None:
        world.admit_run(data())
        world.conclude_run(ended(status="TIMED_OUT", error="States.Timeout", cause="Fit took too long"))
        assert world.publisher.of(RunFailed)[0].cause == "Fit took too long"

    def test_a_run_with_an_outcome_only_gives_the_lock_back(self, world: World) -> None:
        world.admit_run(data())
        finish(world)
        concluded = world.conclude_run(ended(status="SUCCEEDED"))
        assert concluded is not None
        assert concluded.status is RunStatus.REGISTERED
        assert world.publisher.of(RunFailed) == []
        assert world.runs.in_flight(MODEL) is None

    def test_concluding_again_changes_and_tells_nothing(self, world: World) -> None:
        world.admit_run(data())
        world.conclude_run(ended())
        before = record(world), len(world.publisher.events)
        world.conclude_run(ended(status="ABORTED"))
        assert (record(world), len(world.publisher.events)) == before

    def test_a_late_second_conclusion_leaves_the_next_run_its_lock(self, world: World) -> None:
        world.admit_run(data())
        world.conclude_run(ended())
        accept(world, 2)
        world.admit_run(data("data-2"))
        world.conclude_run(ended())
        assert world.runs.in_flight(MODEL) == RUN_2

    @pytest.mark.parametrize("name", ["by-hand", "other-d1-s1"])
    def test_executions_that_nobody_ordered_are_left_alone(self, world: World, name: str) -> None:
        assert world.conclude_run(ended(name)) is None
        assert world.publisher.events == []

    def test_what_came_in_meanwhile_starts_the_next_run(self, world: World) -> None:
        world.admit_run(data())
        accept(world, 2)
        world.admit_run(data("data-2"))
        finish(world)
        world.conclude_run(ended(status="SUCCEEDED"))
        assert list(world.engine.started) == [RUN_1, RUN_2]
        assert world.runs.remembered(MODEL) is None

    def test_a_forced_wish_is_still_forced_when_it_comes_up(self, world: World) -> None:
        world.admit_run(data())
        world.admit_run(asked(force=True))
        finish(world)
        world.conclude_run(ended(status="SUCCEEDED"))
        assert list(world.engine.started) == [RUN_1, f"{RUN_1}-a2"]
        assert record(world, f"{RUN_1}-a2").requested_by == "ann"

    def test_a_wish_that_the_run_has_fulfilled_is_dropped(self, world: World) -> None:
        world.admit_run(data())
        world.runs.remember(Wish(model=MODEL, trigger=Trigger.DATA, event_id="data-2"))
        finish(world)
        world.conclude_run(ended(status="SUCCEEDED"))
        assert list(world.engine.started) == [RUN_1]
        assert world.runs.remembered(MODEL) is None

    def test_a_wish_waits_on_while_another_run_holds_the_lock(self, world: World) -> None:
        world.admit_run(data())
        finish(world)
        world.runs.release_lock(MODEL, RUN_1)
        accept(world, 2)
        world.admit_run(data("data-2"))
        accept(world, 3)
        world.admit_run(data("data-3"))
        world.conclude_run(ended(status="SUCCEEDED"))
        assert waiting(world) == data("data-3")


def test_a_crash_anywhere_in_admission_ends_in_one_run() -> None:
    def scenario(plan: CrashPlan) -> None:
        world = filled(World(plan=plan))
        try:
            world.admit_run(data())
        except Crash:
            world.admit_run(data())
        assert list(world.engine.started) == [RUN_1]
        assert record(world).status is RunStatus.RUNNING
        assert {told.run_id for told in world.publisher.of(TrainingStarted)} == {RUN_1}

    assert sweep(scenario) >= 8


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_a_crash_anywhere_in_conclusion_gives_the_lock_back_and_starts_the_next(status: str) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = filled(World())
        world.admit_run(data())
        accept(world, 2)
        world.admit_run(data("data-2"))
        if status == "SUCCEEDED":
            finish(world)
        world.plan = plan
        try:
            world.conclude_run(ended(status=status))
        except Crash:
            world.conclude_run(ended(status=status))
        assert record(world).is_over
        assert world.runs.in_flight(MODEL) == RUN_2
        assert list(world.engine.started) == [RUN_1, RUN_2]
        assert world.runs.remembered(MODEL) is None
        assert (world.publisher.of(RunFailed) != []) == (status == "FAILED")

    assert sweep(scenario) >= 10


def test_an_order_names_its_work(world: World) -> None:
    world.admit_run(data())
    assert record(world).order.model_copy(update={"seed": 1}) == order()
