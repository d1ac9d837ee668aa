from __future__ import annotations

import pytest

from tests.fakes.clock import START
from tests.fakes.samples import batch, deployment, order, run, spec, version
from tideline.domain.ledger.decisions import (
    RECORD,
    batch_accepted,
    deployment_replaced,
    record_sha256,
    run_begun,
    run_ended,
    spec_applied,
    states_told,
    version_registered,
    with_states,
)
from tideline.domain.ledger.entry import DecisionKind
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus
from tideline.domain.value import Value

CANDIDATE, LIVE, RETIRED = VersionState.CANDIDATE, VersionState.LIVE, VersionState.RETIRED


class Before(Value):
    name: str


class After(Before):
    colour: str = "blue"


def test_a_field_that_records_gain_leaves_older_hashes_as_they_are() -> None:
    assert record_sha256(Before(name="a")) == record_sha256(After(name="a"))
    assert record_sha256(After(name="a")) != record_sha256(After(name="a", colour="red"))


def test_the_hash_of_a_record_survives_storage() -> None:
    stored = type(version()).model_validate_json(version().model_dump_json())
    assert version_registered(stored) == version_registered(version())


@pytest.mark.parametrize(
    "changed", [{"sha256": "0" * 64}, {"trainer": "other"}, {"size_bytes": 11}, {"run_id": "churn-d9-s1"}]
)
def test_every_lasting_field_of_a_version_is_bound(changed: dict[str, object]) -> None:
    ours, theirs = version_registered(version()), version_registered(version(**changed))
    assert ours.facts[RECORD] != theirs.facts[RECORD]


def test_note_and_state_of_a_version_may_change() -> None:
    ours = version_registered(version()).facts[RECORD]
    assert ours == version_registered(version(state=LIVE, note="failed once")).facts[RECORD]


def test_the_beginning_of_a_run_is_bound_whatever_becomes_of_it() -> None:
    over = run(status=RunStatus.FAILED, ended_at=START, execution_arn="arn")
    assert run_begun(run()) == run_begun(over)
    assert run_begun(run()) != run_begun(run(order(2)))
    assert run_ended(over).facts["status"] == "failed"


@pytest.mark.parametrize(
    ("champion", "replaces", "kind"),
    [(1, None, DecisionKind.RELEASE), (2, 1, DecisionKind.RELEASE), (1, 2, DecisionKind.ROLLBACK)],
)
def test_an_older_champion_than_before_is_a_rollback(
    champion: int, replaces: int | None, kind: DecisionKind
) -> None:
    decision = deployment_replaced(deployment(champion, replaces=replaces), states={}, requested_by="ann")
    assert (decision.kind, decision.subject, decision.by) == (kind, f"version {champion}", "ann")


def test_state_changes_are_told_and_read_back() -> None:
    states = {2: (CANDIDATE, LIVE), 1: (LIVE, RETIRED)}
    decision = deployment_replaced(deployment(2), states=states, requested_by="")
    assert states_told(decision) == states
    assert states_told(version_registered(version(3))) == {3: (None, CANDIDATE)}


def test_a_state_nobody_knows_cannot_be_read() -> None:
    decision = version_registered(version())
    broken = decision.model_copy(update={"facts": {"state of version 1": "candidate -> famous"}})
    with pytest.raises(ValueError, match="famous"):
        states_told(broken)
    with_two = with_states(decision, {2: (CANDIDATE, LIVE)})
    assert set(states_told(with_two)) == {1, 2}


def test_times_come_from_the_records() -> None:
    told = [spec_applied(spec(), version=1, at=START), batch_accepted(batch(1)), run_begun(run())]
    assert {decision.at for decision in told} == {START}
