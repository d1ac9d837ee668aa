from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, order, run
from tideline.domain.training.admission import Request
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
    assert list(registries.runs.attempts(MODEL, dataset_version=1, spec_version=1)) == []


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


def test_attempts_at_the_same_work_come_first_to_last(registries: Registries) -> None:
    for attempt in (1, 2, 10):
        started = START - timedelta(hours=attempt)
        registries.runs.begin(
            run(order(attempt=attempt), attempt=attempt, created_at=started), event_id=str(attempt)
        )
        registries.runs.release_lock(MODEL, order(attempt=attempt).run_id)
    registries.runs.begin(run(order(2)), event_id="other data")
    found = registries.runs.attempts(MODEL, dataset_version=1, spec_version=1)
    assert [r.attempt for r in found] == [1, 2, 10]


def test_the_newest_wish_is_remembered_whole_and_forgotten_by_its_own_event(registries: Registries) -> None:
    first = Request(MODEL, Trigger.DATA, "e1", dataset_version=2)
    second = Request(MODEL, Trigger.REQUEST, "e2", requested_by="ann", force=True)
    registries.runs.remember(first)
    registries.runs.remember(second)
    registries.runs.forget(MODEL, event_id="e1")
    assert registries.runs.remembered(MODEL) == second
    registries.runs.forget(MODEL, event_id="e2")
    assert registries.runs.remembered(MODEL) is None
