"""Whether the registry says what the ledger says: a row of the registry that somebody edited is found too.

Each record is turned into the decision that it must have made, and compared with the entry that was made;
the state changes of all entries are replayed and compared with where the versions stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch
from tideline.domain.ledger.approvals import approval_answered, approval_requested
from tideline.domain.ledger.decisions import (
    REASONS,
    RECORD,
    batch_accepted,
    deployment_replaced,
    run_begun,
    run_ended,
    spec_applied,
    states_told,
    version_registered,
)
from tideline.domain.ledger.entry import Decision, DecisionKind, LedgerEntry
from tideline.domain.ledger.verification import Misfit, MisfitKind
from tideline.domain.release.approval import Approval
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.version import TRANSITIONS, ModelVersion, VersionState
from tideline.domain.training.run import Run

# Only facts are compared, and a spec's record has no time.
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_RELEASES = frozenset({DecisionKind.RELEASE, DecisionKind.ROLLBACK})
_APPROVALS = frozenset({DecisionKind.APPROVAL_REQUEST, DecisionKind.APPROVAL})
_OF_RECORDS = frozenset({DecisionKind.SPEC, DecisionKind.DATA_SET, DecisionKind.RUN, DecisionKind.VERDICT})
# A run makes two entries, told apart by this fact.
_Key = tuple[str, object]
_States = dict[int, tuple[VersionState, int]]


@dataclass(frozen=True)
class Records:
    """What the registry holds of a model.

    Attributes:
        specs: In the order of their versions, from 1.
        approvals: The newest of each version that has one.
    """

    specs: tuple[ModelSpec, ...] = ()
    batches: tuple[Batch, ...] = ()
    runs: tuple[Run, ...] = ()
    versions: tuple[ModelVersion, ...] = ()
    approvals: tuple[Approval, ...] = ()
    deployment: Deployment | None = None


def first_contradiction(entries: Sequence[LedgerEntry], records: Records) -> Misfit | None:
    """Return the first entry that the registry contradicts, else a record of which no entry tells."""
    found = [
        misfit
        for compare in (_of_records, _of_states, _of_approvals, _of_release)
        for misfit in compare(entries, records)
    ]
    return min(found, key=lambda misfit: misfit.number or len(entries) + 1, default=None)


def _of_records(entries: Sequence[LedgerEntry], records: Records) -> Iterator[Misfit]:
    expected = {_key(decision): decision for decision in _decisions(records)}
    told: set[_Key] = set()
    for entry in entries:
        if entry.decision.kind not in _OF_RECORDS:
            continue
        key, said = _key(entry.decision), entry.decision
        if key in told:
            yield _misfit(entry, f"tells of {said.subject} once more")
        elif key not in expected:
            yield _misfit(entry, f"tells of {_described(said)}, of which the registry knows nothing")
        elif said.facts.get(RECORD) != expected[key].facts[RECORD]:
            yield _misfit(entry, f"does not fit {said.subject}: {_difference(said, expected[key])}")
        told.add(key)
    for key, decision in expected.items():
        if key not in told:
            sentence = f"the registry holds {_described(decision)}, of which no entry tells"
            yield Misfit(number=None, kind=MisfitKind.RECORD, sentence=sentence)


def _of_states(entries: Sequence[LedgerEntry], records: Records) -> Iterator[Misfit]:
    states: _States = {}
    for entry in entries:
        yield from _replay(entry, states)
    for version in records.versions:
        if version.number not in states:
            continue
        state, number = states[version.number]
        if state is not version.state:
            sentence = (
                f"entry {number} made version {version.number} {state},"
                f" but the registry has it as {version.state}"
            )
            yield Misfit(number=number, kind=MisfitKind.STATE, sentence=sentence)


def _replay(entry: LedgerEntry, states: _States) -> Iterator[Misfit]:
    """Carry out an entry's state changes on `states`, and tell which could not have happened."""
    try:
        changes = states_told(entry.decision)
    except ValueError as error:
        yield _misfit(entry, f"tells of a state that there is not: {error}", MisfitKind.STATE)
        return
    for version, (before, after) in changes.items():
        stood = states[version][0] if version in states else None
        if stood is not before or (before is not None and after not in TRANSITIONS[before]):
            told = f"tells of version {version} becoming {after} from {before or 'nothing'}"
            yield _misfit(entry, f"{told}, but it was {stood or 'not there'}", MisfitKind.STATE)
        states[version] = after, entry.number


def _of_approvals(entries: Sequence[LedgerEntry], records: Records) -> Iterator[Misfit]:
    newest = {e.decision.subject: e for e in entries if e.decision.kind in _APPROVALS}
    for approval in records.approvals:
        request, answer = approval.request, approval.decision
        # Which state it was in is replayed with all states, and not compared here.
        asked = approval_requested(request, state=VersionState.CANDIDATE)
        now = approval_answered(request, answer) if answer else asked
        entry = newest.pop(now.subject, None)
        if entry is None:
            sentence = f"the registry holds an approval of {now.subject}, of which no entry tells"
            yield Misfit(number=None, kind=MisfitKind.RECORD, sentence=sentence)
        elif entry.decision.facts.get(RECORD) != now.facts[RECORD]:
            difference = _difference(entry.decision, now)
            yield _misfit(entry, f"does not fit the approval of {now.subject}: {difference}")
    for entry in newest.values():
        yield _misfit(
            entry, f"tells of an approval of {entry.decision.subject}, of which the registry knows nothing"
        )


def _of_release(entries: Sequence[LedgerEntry], records: Records) -> Iterator[Misfit]:
    newest = next((e for e in reversed(entries) if e.decision.kind in _RELEASES), None)
    if records.deployment is None:
        if newest is not None:
            yield _misfit(newest, f"puts {newest.decision.subject} live, but nothing is live")
        return
    live = deployment_replaced(records.deployment, states={}, requested_by="")
    if newest is None:
        sentence = f"{live.subject} is live, but no entry tells of a release"
        yield Misfit(number=None, kind=MisfitKind.RECORD, sentence=sentence)
    elif newest.decision.facts.get(RECORD) != live.facts[RECORD]:
        said = newest.decision
        yield _misfit(newest, f"does not fit what is live, {live.subject}: {_difference(said, live)}")


def _decisions(records: Records) -> Iterator[Decision]:
    """Return the decisions that the records must have made."""
    for number, spec in enumerate(records.specs, start=1):
        yield spec_applied(spec, version=number, at=_NO_TIME)
    yield from map(batch_accepted, records.batches)
    for run in records.runs:
        yield run_begun(run)
        if run.is_over:
            yield run_ended(run)
    yield from map(version_registered, records.versions)


def _key(decision: Decision) -> _Key:
    return decision.subject, decision.facts.get("run") if decision.kind is DecisionKind.RUN else None


def _described(decision: Decision) -> str:
    stage = f" ({decision.facts.get('run')})" if decision.kind is DecisionKind.RUN else ""
    return decision.subject + stage


def _difference(said: Decision, now: Decision) -> str:
    """Name the facts in which an entry and a record differ."""
    facts = _lasting(now.facts)
    differing = [
        f"`{name}` is {facts.get(name)!r} in the registry and {value!r} in the ledger"
        for name, value in _lasting(said.facts).items()
        if facts.get(name) != value
    ]
    return "; ".join(differing) or "the record was edited in a field that the ledger knows only by its hash"


def _lasting(facts: Mapping[str, object]) -> dict[str, object]:
    unrecorded = {RECORD, REASONS}
    return {n: v for n, v in facts.items() if n not in unrecorded and not n.startswith("state of ")}


def _misfit(entry: LedgerEntry, what: str, kind: MisfitKind = MisfitKind.RECORD) -> Misfit:
    return Misfit(number=entry.number, kind=kind, sentence=f"entry {entry.number} {what}")
