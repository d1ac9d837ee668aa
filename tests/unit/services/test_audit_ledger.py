"""The registry and its ledger hold each other to what was decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.registry import FakeLedger
from tests.fakes.samples import (
    MODEL,
    approval_request,
    batch,
    decision,
    deployment,
    dropped,
    order,
    receipt,
    run,
    sha,
    spec,
    version,
)
from tests.fakes.world import World
from tideline.domain.ledger.entry import Decision, DecisionKind, LedgerEntry, LedgerHead
from tideline.domain.ledger.verification import Misfit, MisfitKind
from tideline.domain.release.approval import Approval
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus
from tideline.errors import RegistryConflict, UnknownModel
from tideline.services.audit_ledger import Audit, AuditLedger

CANDIDATE, LIVE, RETIRED = VersionState.CANDIDATE, VersionState.LIVE, VersionState.RETIRED
# 1 spec, 2 data set, 3 run begun, 4 verdict on 1, 5 run ended, 6 verdict on 2, 7 release of 1, 8 release of 2
ENTRIES = 8


@pytest.fixture
def world() -> World:
    world, item = World(), dropped()
    world.specs.append(spec(), head=world.specs.head(MODEL), at=START)
    world.receipts.claim(MODEL, item)
    world.datasets.accept(batch(1), item, receipt(item, batch=1))
    world.runs.begin(run(), event_id="e")
    world.versions.register(version(1))
    world.runs.save(run(status=RunStatus.REGISTERED, version=1, ended_at=START))
    world.versions.register(version(2))
    world.deployments.replace(deployment(1), states={1: (CANDIDATE, LIVE)})
    world.deployments.replace(
        deployment(2, generation=2, replaces=1), states={2: (CANDIDATE, LIVE), 1: (LIVE, RETIRED)}
    )
    return world


def audit(world: World, **options: Any) -> Audit:
    return auditor(world)(MODEL, **options)


def auditor(world: World) -> AuditLedger:
    return AuditLedger(
        ledger=world.ledger,
        specs=world.specs,
        datasets=world.datasets,
        runs=world.runs,
        versions=world.versions,
        approvals=world.approvals,
        deployments=world.deployments,
    )


def misfit(world: World) -> Misfit:
    found = audit(world).misfit
    assert found is not None
    return found


def test_what_was_decided_fits(world: World) -> None:
    found = audit(world)
    assert found.misfit is None
    assert (found.entries, found.head_sha256) == (ENTRIES, world.ledger.head(MODEL).sha256)


def test_failures_and_notes_fit_too(world: World) -> None:
    world.versions.note(version(1), "release failed once")
    world.runs.release_lock(MODEL, order().run_id)
    world.runs.begin(run(order(2)), event_id="f")
    world.runs.save(run(order(2), RunStatus.RUNNING, execution_arn="arn"))
    assert audit(world).misfit is None


def _artifact(world: World) -> None:
    world.versions.versions[MODEL, 1] = version(1, RETIRED, sha256=sha("other"))


def _trainer(world: World) -> None:
    world.versions.versions[MODEL, 1] = version(1, RETIRED, trainer="other")


def _report(world: World) -> None:
    stored = world.versions.versions[MODEL, 2]
    better = stored.evaluation.model_copy(update={"report_sha256": sha("nicer report")})
    world.versions.versions[MODEL, 2] = stored.model_copy(update={"evaluation": better})


def _gone(world: World) -> None:
    del world.versions.versions[MODEL, 1]


def _state(world: World) -> None:
    world.versions.versions[MODEL, 1] = version(1, VersionState.APPROVED)


def _rows(world: World) -> None:
    world.datasets._batches[MODEL][0] = batch(1, rows=3)


def _spec(world: World) -> None:
    world.specs.specs[MODEL][0] = spec(evaluation={"minimum": 0.1})


def _run(world: World) -> None:
    world.runs.runs[MODEL, order().run_id] = run(status=RunStatus.FAILED, ended_at=START)


def _live(world: World) -> None:
    world.deployments.history[MODEL].append(deployment(1, generation=2, replaces=1))


def _nothing_live(world: World) -> None:
    world.deployments.history.clear()


@pytest.mark.parametrize(
    ("edit", "number", "kind", "says"),
    [
        (_artifact, 4, MisfitKind.RECORD, f"`artifact_sha256` is '{sha('other')}' in the registry"),
        (_trainer, 4, MisfitKind.RECORD, "only by its hash"),
        (_report, 6, MisfitKind.RECORD, "entry 6 does not fit version 2: `report_sha256`"),
        (_gone, 4, MisfitKind.RECORD, "tells of version 1, of which the registry knows nothing"),
        (_state, 8, MisfitKind.STATE, "entry 8 made version 1 retired, but the registry has it as approved"),
        (_rows, 2, MisfitKind.RECORD, "entry 2 does not fit data set version 1: `rows` is 3"),
        (_spec, 1, MisfitKind.RECORD, "entry 1 does not fit spec 1: `spec_sha256`"),
        (_run, 5, MisfitKind.RECORD, "entry 5 does not fit run churn-d1-s1: `status` is 'failed'"),
        (_live, 8, MisfitKind.RECORD, "entry 8 does not fit what is live, version 1"),
        (_nothing_live, 8, MisfitKind.RECORD, "entry 8 puts version 2 live, but nothing is live"),
    ],
)
def test_an_edited_record_is_found_at_the_entry_that_made_it(
    world: World, edit: Callable[[World], None], number: int, kind: MisfitKind, says: str
) -> None:
    edit(world)
    found = misfit(world)
    assert (found.number, found.kind) == (number, kind)
    assert says in found.sentence


@pytest.fixture
def approved(world: World) -> World:
    """Version 1, which was live before, is approved to come back: entries 9 and 10."""
    world.approvals.request(approval_request(), state=RETIRED, replaces=None)
    world.approvals.decide(approval_request(), decision(), note="")
    return world


def test_questions_answers_and_what_came_of_them_fit(approved: World) -> None:
    assert audit(approved).misfit is None
    stored = approved.approvals.load(MODEL, 1)
    assert stored is not None
    approved.approvals.give_up(stored, state=VersionState.APPROVED, note="the release failed", at=START)
    found = audit(approved)
    assert (found.misfit, found.entries) == (None, ENTRIES + 3)


def test_a_question_under_another_token_is_the_same_question(world: World) -> None:
    world.approvals.request(approval_request(), state=RETIRED, replaces=None)
    world.approvals.renew(approval_request(task_token="another"))
    assert audit(world).misfit is None


def test_a_version_that_is_asked_about_anew_goes_on_waiting(world: World) -> None:
    world.approvals.request(approval_request(), state=RETIRED, replaces=None)
    again = approval_request(release_id=f"{MODEL}-v1-ffffffffffff")
    world.approvals.request(
        again, state=VersionState.AWAITING_APPROVAL, replaces=world.approvals.load(MODEL, 1)
    )
    assert audit(world).misfit is None


def _approver(world: World) -> None:
    answered = Approval(request=approval_request(), decision=decision(by="arn:eve"))
    world.approvals.approvals[MODEL, 1] = answered


def _answer_gone(world: World) -> None:
    world.approvals.approvals[MODEL, 1] = Approval(request=approval_request())


def _later_expiry(world: World) -> None:
    longer = approval_request(expires_at=START + timedelta(days=9))
    world.approvals.approvals[MODEL, 1] = Approval(request=longer, decision=decision())


def _approval_gone(world: World) -> None:
    del world.approvals.approvals[MODEL, 1]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            _approver,
            "entry 10 does not fit the approval of version 1: `approver` is 'arn:eve' in the registry",
        ),
        (_answer_gone, "entry 10 does not fit the approval of version 1: `decision` is None"),
        (_later_expiry, "only by its hash"),
        (_approval_gone, "entry 10 tells of an approval of version 1, of which the registry knows nothing"),
    ],
)
def test_an_edited_approval_is_found_at_its_entry(
    approved: World, edit: Callable[[World], None], says: str
) -> None:
    edit(approved)
    found = misfit(approved)
    assert found.number == ENTRIES + 2
    assert says in found.sentence


def test_an_approval_nobody_gave_is_found(world: World) -> None:
    world.approvals.approvals[MODEL, 2] = Approval(request=approval_request(2), decision=decision())
    assert misfit(world).sentence == ("the registry holds an approval of version 2, of which no entry tells")


def _version_slipped_in(world: World) -> None:
    world.versions.versions[MODEL, 3] = version(3)


def _run_slipped_in(world: World) -> None:
    world.runs.runs[MODEL, "churn-d7-s1"] = run(order(7))


@pytest.mark.parametrize(
    ("edit", "says"), [(_version_slipped_in, "version 3"), (_run_slipped_in, "run churn-d7-s1 (began)")]
)
def test_a_record_of_which_no_entry_tells_is_found(
    world: World, edit: Callable[[World], None], says: str
) -> None:
    edit(world)
    found = misfit(world)
    assert (found.number, found.kind) == (None, MisfitKind.RECORD)
    assert found.sentence == f"the registry holds {says}, of which no entry tells"


def test_what_is_live_without_a_release_is_found(world: World) -> None:
    world = World()
    world.specs.append(spec(), head=world.specs.head(MODEL), at=START)
    world.deployments.history[MODEL] = [deployment(1)]
    assert misfit(world).sentence == "version 1 is live, but no entry tells of a release"


def entered(world: World, **facts: Any) -> None:
    """Enter a decision that no use case would make."""
    decision = Decision(kind=DecisionKind.STATE, subject="version 1", at=START, by="eve", facts=facts)
    world.ledger.enter(MODEL, decision)


@pytest.mark.parametrize(
    ("fact", "says"),
    [
        ("candidate -> archived", "tells of version 1 becoming archived from candidate, but it was retired"),
        ("retired -> rolled_back", "tells of version 1 becoming rolled_back from retired"),
        ("retired -> famous", "tells of a state that there is not"),
    ],
)
def test_a_state_change_that_cannot_have_happened_is_found(world: World, fact: str, says: str) -> None:
    entered(world, **{"state of version 1": fact})
    found = misfit(world)
    assert (found.number, found.kind) == (ENTRIES + 1, MisfitKind.STATE)
    assert says in found.sentence


def test_a_second_verdict_on_one_version_is_found(world: World) -> None:
    world.ledger.enter(MODEL, world.ledger.entries(MODEL)[3].decision)
    assert misfit(world).sentence == f"entry {ENTRIES + 1} tells of version 1 once more"


def test_a_broken_chain_is_named_before_anything_that_hangs_on_it(world: World) -> None:
    _spec(world)
    del world.ledger._entries[MODEL][3]
    found = misfit(world)
    assert (found.number, found.kind) == (4, MisfitKind.REMOVED)


def test_a_head_that_was_noted_is_compared(world: World) -> None:
    noted = world.ledger.head(MODEL).sha256
    entered(world)
    assert audit(world, noted_sha256=noted).misfit is None
    found = audit(world, noted_sha256="f" * 64).misfit
    assert found is not None
    assert found.kind is MisfitKind.ANCHOR


def test_a_model_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownModel):
        audit(World())


class Busy(FakeLedger):
    """A ledger in which somebody enters something whenever it is read, for a while."""

    def __init__(self, world: World, *, times: int) -> None:
        super().__init__()
        self._world, self.times = world, times

    def stored(self, model: str) -> tuple[LedgerEntry | None, ...]:
        found = super().stored(model)
        if self.times:
            self.times -= 1
            number = self._world.versions.latest_number(MODEL) + 1
            self._world.versions.register(version(number))
        return found


@pytest.mark.parametrize(("times", "raises"), [(4, False), (5, True)])
def test_decisions_that_come_in_between_are_waited_for_but_not_for_ever(times: int, raises: bool) -> None:
    world = World()
    world.ledger = world.versions.ledger = world.specs.ledger = Busy(world, times=times)
    world.specs.append(spec(), head=world.specs.head(MODEL), at=START)
    if raises:
        with pytest.raises(RegistryConflict, match="kept coming in"):
            audit(world)
    else:
        assert audit(world) == Audit(
            model=MODEL, entries=5, head_sha256=world.ledger.head(MODEL).sha256, misfit=None
        )


def test_a_head_that_cannot_be_read_names_nothing(world: World) -> None:
    class Broken(FakeLedger):
        def head(self, model: str) -> LedgerHead:
            raise ValueError("latest is no number")

    broken = Broken()
    broken._entries = world.ledger._entries
    world.ledger = broken
    found = misfit(world)
    assert (found.number, found.kind) == (1, MisfitKind.HEAD)


def unreadable(model: str, number: int) -> Any:
    raise UnknownModel(model)


def test_a_spec_that_is_gone_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.specs, "load", unreadable)
    found = misfit(world)
    assert (found.number, found.kind) == (None, MisfitKind.RECORD)
    assert found.sentence == "the registry was edited: a spec is missing"


def test_a_record_that_cannot_be_read_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: str) -> Any:
        return [version(1), version(2, "famous")]

    monkeypatch.setattr(world.versions, "all", broken)
    assert "a record cannot be read" in misfit(world).sentence
