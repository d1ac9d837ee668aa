from __future__ import annotations

import pytest

from tests.fakes.clock import START
from tests.fakes.registry import FakeRunRegistry
from tests.fakes.samples import MODEL, batch, dropped, order, receipt, run, spec, version
from tests.fakes.world import World
from tideline.domain.contract.spec import SpecHead
from tideline.domain.training.admission import Denial, Request
from tideline.domain.training.run import Run, RunStatus, Trigger
from tideline.errors import RegistryConflict
from tideline.events.aws import ExecutionEnded

RUN = order().run_id


@pytest.fixture
def world() -> World:
    return prepared(World())


def prepared(world: World) -> World:
    world.specs.append(spec(), head=SpecHead(), at=START)
    world.receipts.claim(MODEL, dropped())
    world.datasets.accept(batch(1), dropped(), receipt(dropped()))
    world.admit_run(Request(MODEL, Trigger.DATA, "e1"))
    return world


def conclude(world: World, status: str = "FAILED") -> Run:
    world.conclude_run(ExecutionEnded(execution_arn=f"arn:{RUN}", name=RUN, status=status, error="KeyError"))
    found = world.runs.load(MODEL, RUN)
    assert found is not None
    return found


def test_a_run_costs_what_it_used_and_what_it_left_in_the_lake(world: World) -> None:
    world.versions.register(version(3 - 2, run_id=RUN))
    world.lake.write(f"{MODEL}/runs/{RUN}/train.npz", b"x" * 1000)
    world.lake.write(f"{MODEL}/versions/1/model.onnx", b"x" * 24)
    world.lake.write(f"{MODEL}/runs/{RUN}-a2/train.npz", b"not its own")
    cost = conclude(world).cost
    assert cost is not None
    assert cost.transitions_usd == pytest.approx(0.025)
    assert cost.writes_usd == pytest.approx(2 * 0.005 / 1000)
    assert cost.storage_usd == pytest.approx(1024 / 2**30 * 0.023)


def test_the_files_of_a_version_that_another_run_registered_are_not_counted(world: World) -> None:
    world.versions.register(version(run_id="other"))
    world.lake.write(f"{MODEL}/versions/1/model.onnx", b"x")
    cost = conclude(world).cost
    assert cost is not None
    assert cost.writes_usd == 0


@pytest.mark.parametrize("fault", ["history", "lake"])
def test_a_cost_that_cannot_be_found_out_holds_nothing_up(world: World, fault: str) -> None:
    if fault == "history":
        world.meter.used = None
    else:
        world.lake.unreadable.add(f"{MODEL}/runs/{RUN}/")
    kept = conclude(world)
    assert (kept.status, kept.cost) == (RunStatus.FAILED, None)
    assert kept.cost_note
    assert world.runs.in_flight(MODEL) is None


def test_concluding_again_counts_once_and_makes_up_for_what_was_missed(world: World) -> None:
    world.meter.used, used = None, world.meter.used
    assert conclude(world).cost is None
    world.meter.used = used
    known = conclude(world)
    assert known.cost is not None
    assert known.cost_note == ""
    world.lake.write(f"{MODEL}/runs/{RUN}/late", b"x")
    assert conclude(world) == known


def test_a_record_that_is_not_as_it_was_read_keeps_no_cost() -> None:
    class Changed(FakeRunRegistry):
        def set_cost(self, run: Run) -> None:
            raise RegistryConflict("another writer was first")

    world = prepared(World(runs=Changed()))
    assert conclude(world).cost is None
    assert world.runs.in_flight(MODEL) is None


def test_what_the_run_cost_counts_before_what_waited_is_decided_on() -> None:
    world = World()
    world.specs.append(spec(retraining={"max_cost_per_month": 0.02}), head=SpecHead(), at=START)
    for number in (1, 2):
        item = dropped(f"{number}.csv")
        world.receipts.claim(MODEL, item)
        world.datasets.accept(batch(number, obj=item), item, receipt(item))
        world.admit_run(Request(MODEL, Trigger.DATA, f"e{number}"))
    name = order(1).run_id
    assert world.runs.in_flight(MODEL) == name
    world.runs.save(run(status=RunStatus.REGISTERED, ended_at=START))
    world.conclude_run(ExecutionEnded(execution_arn="arn", name=name, status="SUCCEEDED"))
    found = world.runs.remembered(MODEL)
    assert found is not None
    assert found.denial is Denial.COST_BUDGET
