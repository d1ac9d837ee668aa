from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, order, run
from tideline.domain.costs.cost import cost_of
from tideline.domain.costs.prices import us_east_1
from tideline.domain.costs.usage import Usage
from tideline.domain.ledger.decisions import run_ended
from tideline.domain.training.admission import Denial
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import RunStatus, Trigger
from tideline.errors import RegistryConflict


def test_beginning_stores_the_run_takes_the_lock_and_notes_the_event(registries: Registries) -> None:
    runs = registries.runs
    runs.begin(run(), event_id="e1")
    assert runs.load(MODEL, order().run_id) == run()
    assert runs.in_flight(MODEL) == order().run_id
    assert runs.started_by(MODEL, "e1") == order().run_id
    assert runs.started_by(MODEL, "e2") is None


def test_nothing_is_known_at_first(registries: Registries) -> None:
    assert registries.runs.load(MODEL, "no-such-run") is None
    assert registries.runs.in_flight(MODEL) is None
    assert registries.runs.remembered(MODEL) is None
    assert list(registries.runs.all(MODEL)) == []


def test_a_second_run_of_a_model_is_refused_and_leaves_no_trace(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e1")
    with pytest.raises(RegistryConflict):
        registries.runs.begin(run(order(2)), event_id="e2")
    assert registries.runs.load(MODEL, order(2).run_id) is None
    assert registries.runs.started_by(MODEL, "e2") is None


def test_a_run_begins_once_even_with_the_lock_free(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e1")
    registries.runs.release_lock(MODEL, order().run_id)
    with pytest.raises(RegistryConflict):
        registries.runs.begin(run(), event_id="e2")
    assert registries.runs.in_flight(MODEL) is None


def test_models_do_not_lock_each_other(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e1")
    other = order().model_copy(update={"model": "other", "run_id": "other-d1-s1"})
    registries.runs.begin(run(other), event_id="e1")
    assert registries.runs.in_flight("other") == "other-d1-s1"


def test_the_lock_goes_only_by_its_holder(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e1")
    registries.runs.release_lock(MODEL, order(2).run_id)
    assert registries.runs.in_flight(MODEL) == order().run_id
    registries.runs.release_lock(MODEL, order().run_id)
    registries.runs.release_lock(MODEL, order().run_id)
    assert registries.runs.in_flight(MODEL) is None


def test_a_run_that_is_over_is_never_changed(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e1")
    assert registries.runs.save(run(status=RunStatus.RUNNING))
    assert registries.runs.save(run(status=RunStatus.FAILED))
    assert not registries.runs.save(run(status=RunStatus.REGISTERED))
    kept = registries.runs.load(MODEL, order().run_id)
    assert kept is not None
    assert kept.status is RunStatus.FAILED


def test_a_run_that_never_began_is_not_saved(registries: Registries) -> None:
    assert not registries.runs.save(run())


def test_every_run_comes_in_the_order_of_its_beginning(registries: Registries) -> None:
    for number in (3, 1, 2):
        began = START + timedelta(hours=number)
        registries.runs.begin(run(order(number), created_at=began), event_id=str(number))
        registries.runs.release_lock(MODEL, order(number).run_id)
    assert [r.order.dataset_version for r in registries.runs.all(MODEL)] == [1, 2, 3]


def wish(trigger: Trigger, event_id: str, **fields: object) -> Wish:
    return Wish(model=MODEL, trigger=trigger, event_id=event_id, **fields)  # type: ignore[arg-type]


def test_a_wish_is_remembered_whole_and_forgotten_by_its_own_event(registries: Registries) -> None:
    first = wish(Trigger.DATA, "e1", dataset_version=2)
    second = wish(
        Trigger.REQUEST,
        "e2",
        requested_by="ann",
        force=True,
        denial=Denial.COST_BUDGET,
        explanation="spent",
        until=START,
        after_run="churn-d1-s1",
    )
    assert registries.runs.remember(first)
    assert registries.runs.remember(second)
    registries.runs.forget(MODEL, event_id="e1")
    assert registries.runs.remembered(MODEL) == second
    registries.runs.forget(MODEL, event_id="e2")
    assert registries.runs.remembered(MODEL) is None


def test_a_stronger_wish_stays_and_an_equal_one_is_replaced(registries: Registries) -> None:
    assert registries.runs.remember(wish(Trigger.DRIFT, "e1"))
    assert not registries.runs.remember(wish(Trigger.DATA, "e2"))
    assert registries.runs.remembered(MODEL) == wish(Trigger.DRIFT, "e1")
    assert registries.runs.remember(wish(Trigger.DRIFT, "e3"))
    assert registries.runs.remembered(MODEL) == wish(Trigger.DRIFT, "e3")


COST = cost_of(Usage(transitions=7), us_east_1("arm64"))


def test_what_a_run_cost_is_kept_beside_its_end_and_leaves_the_ledger_as_it_was(
    registries: Registries,
) -> None:
    over = run(status=RunStatus.FAILED, ended_at=START)
    registries.runs.begin(run(), event_id="e1")
    registries.runs.save(over)
    told = registries.ledger.entries(MODEL)
    registries.runs.set_cost(over.model_copy(update={"cost": COST}))
    kept = registries.runs.load(MODEL, order().run_id)
    assert kept is not None
    assert kept.cost == COST
    assert registries.ledger.entries(MODEL) == told
    assert run_ended(kept).facts == told[-1].decision.facts


def test_a_cost_does_not_change_how_a_run_ended(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e1")
    with pytest.raises(RegistryConflict):
        registries.runs.set_cost(run(status=RunStatus.FAILED, cost=COST))
    assert registries.runs.load(MODEL, order().run_id) == run()
