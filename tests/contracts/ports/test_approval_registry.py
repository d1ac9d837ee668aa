"""Approvals: record, state and ledger move together or not at all, in memory and on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from tests.fakes.approvals import FakeApprovalRegistry
from tests.fakes.aws import make_table
from tests.fakes.clock import START
from tests.fakes.registry import FakeVersionRegistry
from tests.fakes.samples import ALICE, BOB, MODEL, approval_request, decision, version
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.domain.ledger.entry import Decision
from tideline.domain.release.approval import Approval
from tideline.domain.release.version import VersionState
from tideline.errors import RegistryConflict
from tideline.ports import ApprovalRegistry, VersionRegistry

CANDIDATE, AWAITING = VersionState.CANDIDATE, VersionState.AWAITING_APPROVAL
APPROVED, REJECTED = VersionState.APPROVED, VersionState.REJECTED


@dataclass(frozen=True)
class Store:
    """Approvals and versions on one store, and what the ledger says."""

    approvals: ApprovalRegistry
    versions: VersionRegistry
    decisions: Callable[[], Sequence[Decision]]

    def state(self) -> VersionState:
        return self.versions.load(MODEL, 1).state

    def whole(self) -> tuple[object, ...]:
        """Return everything that a step may change."""
        return self.approvals.load(MODEL, 1), self.versions.load(MODEL, 1), list(self.decisions())


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    """One candidate."""
    if request.param == "memory":
        versions = FakeVersionRegistry()
        approvals = FakeApprovalRegistry(versions)
        made = Store(approvals, versions, lambda: approvals.decisions)
    else:
        request.getfixturevalue("aws")
        table = make_table()
        ledger = DynamoDbLedger(table)
        made = Store(
            DynamoDbApprovalRegistry(table),
            DynamoDbVersionRegistry(table),
            # The first is the version's own.
            lambda: [entry.decision for entry in ledger.entries(MODEL)][1:],
        )
    made.versions.register(version(1))
    return made


def ask(store: Store) -> None:
    store.approvals.request(approval_request(), state=CANDIDATE, replaces=None)


def test_a_question_makes_its_version_wait(store: Store) -> None:
    assert store.approvals.load(MODEL, 1) is None
    store.versions.note(version(1), "an older release failed")
    ask(store)
    assert store.approvals.load(MODEL, 1) == Approval(request=approval_request())
    assert (store.state(), store.versions.load(MODEL, 1).note) == (AWAITING, "")
    (entry,) = store.decisions()
    assert (entry.kind, entry.by, entry.subject) == ("approval_request", ALICE, "version 1")


@pytest.mark.parametrize(
    ("kind", "state"), [("approve", APPROVED), ("reject", REJECTED)], ids=["approve", "reject"]
)
def test_an_answer_moves_the_version_and_is_in_the_ledger(
    store: Store, kind: str, state: VersionState
) -> None:
    ask(store)
    store.approvals.decide(approval_request(), decision(kind), note="why")
    assert store.approvals.load(MODEL, 1) == Approval(request=approval_request(), decision=decision(kind))
    assert (store.state(), store.versions.load(MODEL, 1).note) == (state, "why")
    assert [(entry.kind, entry.by) for entry in store.decisions()] == [
        ("approval_request", ALICE),
        ("approval", BOB),
    ]


def test_a_question_that_loses_its_race_changes_nothing(store: Store) -> None:
    ask(store)
    before = store.whole()
    other = approval_request(release_id=f"{MODEL}-v1-ffffffffffff")
    for state, replaces in (
        (CANDIDATE, None),
        (AWAITING, None),
        (CANDIDATE, Approval(request=approval_request())),
        (AWAITING, Approval(request=other)),
    ):
        with pytest.raises(RegistryConflict):
            store.approvals.request(other, state=state, replaces=replaces)
    assert store.whole() == before


@pytest.mark.parametrize("first", ["approve", "reject"])
def test_a_second_answer_loses_and_changes_nothing(store: Store, first: str) -> None:
    ask(store)
    store.approvals.decide(approval_request(), decision(first), note="")
    before = store.whole()
    with pytest.raises(RegistryConflict):
        store.approvals.decide(approval_request(), decision("reject", by=f"{BOB}by"), note="")
    with pytest.raises(RegistryConflict):
        store.approvals.renew(approval_request(task_token="another"))
    assert store.whole() == before


def test_another_token_takes_the_place_of_the_first(store: Store) -> None:
    ask(store)
    store.approvals.renew(approval_request(task_token="another"))
    assert store.approvals.load(MODEL, 1) == Approval(request=approval_request(task_token="another"))
    assert len(store.decisions()) == 1
    store.approvals.decide(approval_request(task_token="another"), decision(), note="")
    assert store.state() is APPROVED


@pytest.mark.parametrize("answered", [False, True])
def test_a_release_that_is_over_makes_a_candidate_that_can_be_asked_for_anew(
    store: Store, answered: bool
) -> None:
    ask(store)
    if answered:
        store.approvals.decide(approval_request(), decision(), note="")
    over = store.approvals.load(MODEL, 1)
    assert over is not None
    store.approvals.give_up(over, state=store.state(), note="nobody came", at=START)
    assert (store.state(), store.versions.load(MODEL, 1).note) == (CANDIDATE, "nobody came")
    assert store.decisions()[-1].kind == "state"
    before = store.whole()
    with pytest.raises(RegistryConflict):
        store.approvals.decide(approval_request(), decision(), note="")
    assert store.whole() == before
    again = approval_request(release_id=f"{MODEL}-v1-ffffffffffff")
    store.approvals.request(again, state=CANDIDATE, replaces=over)
    assert store.approvals.load(MODEL, 1) == Approval(request=again)
    with pytest.raises(RegistryConflict):
        store.approvals.give_up(over, state=AWAITING, note="late", at=START)
    assert store.state() is AWAITING


def test_the_ledger_binds_to_hashes_and_never_to_the_token(aws: None) -> None:
    table = make_table()
    approvals = DynamoDbApprovalRegistry(table)
    DynamoDbVersionRegistry(table).register(version(1))
    request = approval_request(task_token="secret-token", requesters=())
    approvals.request(request, state=CANDIDATE, replaces=None)
    approvals.decide(request, decision(comment="looks right"), note="")
    _, asked, answered = (entry.decision for entry in DynamoDbLedger(table).entries(MODEL))
    assert asked.by == "tideline:request_approval"
    assert asked.facts["state of version 1"] == "candidate -> awaiting_approval"
    assert answered.by == BOB
    assert answered.facts == {
        "release_id": request.release_id,
        "artifact_sha256": request.artifact_sha256,
        "report_sha256": request.report_sha256,
        "record_sha256": answered.facts["record_sha256"],
        "decision": "approve",
        "approver": BOB,
        "comment": "looks right",
        "state of version 1": "awaiting_approval -> approved",
    }
    assert "secret-token" not in asked.model_dump_json() + answered.model_dump_json()
