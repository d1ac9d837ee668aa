from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, batch, deployment, dropped, order, receipt, run, sha, spec, version
from tideline.domain.contract.spec import SpecHead
from tideline.domain.ledger.entry import (
    GENESIS,
    Decision,
    DecisionKind,
    LedgerEntry,
    LedgerHead,
    entry_sha256,
)
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunFailure, RunStatus
from tideline.errors import RegistryConflict, TransitionRefused

CANDIDATE, LIVE, RETIRED = VersionState.CANDIDATE, VersionState.LIVE, VersionState.RETIRED
ARCHIVED = VersionState.ARCHIVED
THREADS = 8


def decisions(registries: Registries) -> list[Decision]:
    return [entry.decision for entry in registries.ledger.entries(MODEL)]


def told(registries: Registries) -> list[tuple[str, str, str]]:
    return [(d.kind.value, d.subject, d.by) for d in decisions(registries)]


def require_whole(entries: list[LedgerEntry], head: LedgerHead) -> None:
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[0].previous_sha256 == GENESIS
    assert all(second.previous_sha256 == first.sha256 for first, second in pairwise(entries))
    for entry in entries:
        content = entry_sha256(MODEL, entry.number, entry.decision, previous_sha256=entry.previous_sha256)
        assert entry.sha256 == content
    assert head == LedgerHead(number=len(entries), sha256=entries[-1].sha256)


def archive(by: str = "ann") -> Decision:
    return Decision(kind=DecisionKind.STATE, subject="version 1", at=START, by=by, facts={})


def test_a_model_nobody_decided_about_has_an_empty_ledger(registries: Registries) -> None:
    assert registries.ledger.head(MODEL) == LedgerHead()
    assert list(registries.ledger.entries(MODEL)) == []


def test_every_decision_is_entered_with_what_it_speaks_of(registries: Registries) -> None:
    registries.specs.append(spec(), head=SpecHead(), at=START)
    item = dropped()
    registries.receipts.claim(MODEL, item)
    registries.datasets.accept(batch(1), item, receipt(item, batch=1))
    registries.runs.begin(run(requested_by="ann"), event_id="e")
    registries.runs.save(run(status=RunStatus.RUNNING))
    registries.versions.register(version(1))
    registries.runs.save(run(status=RunStatus.REGISTERED, version=1, ended_at=START))
    registries.versions.register(version(2))
    registries.deployments.replace(deployment(2), states={2: (CANDIDATE, LIVE)}, requested_by="bob")
    registries.deployments.replace(
        deployment(1, generation=2, replaces=2), states={1: (CANDIDATE, LIVE), 2: (LIVE, RETIRED)}
    )
    registries.versions.change_state(
        registries.versions.load(MODEL, 2), ARCHIVED, decision=archive().model_copy(update={"by": "eve"})
    )

    assert told(registries) == [
        ("spec", "spec 1", "tideline:apply_spec"),
        ("data_set", "data set version 1", "tideline:ingest_data"),
        ("run", "run churn-d1-s1", "ann"),
        ("verdict", "version 1", "tideline:register_model"),
        ("run", "run churn-d1-s1", "tideline:register_model"),
        ("verdict", "version 2", "tideline:register_model"),
        ("release", "version 2", "bob"),
        ("rollback", "version 1", "tideline:shift_traffic"),
        ("state", "version 1", "eve"),
    ]
    require_whole(list(registries.ledger.entries(MODEL)), registries.ledger.head(MODEL))


def test_an_entry_binds_to_hashes(registries: Registries) -> None:
    item = dropped()
    registries.receipts.claim(MODEL, item)
    registries.datasets.accept(batch(1), item, receipt(item, batch=1))
    registries.versions.register(version(1))

    data_set, verdict = (decision.facts for decision in decisions(registries))
    assert data_set["source_sha256"] == sha("content 1")
    assert data_set["canonical_sha256"] == sha("parquet of content 1")
    assert (data_set["object_key"], data_set["rows"]) == ("churn/data/a.csv", 2)
    assert verdict["artifact_sha256"] == sha("artifact 1")
    assert verdict["report_sha256"] == sha("report")
    assert (verdict["verdict"], verdict["metric"], verdict["value"]) == ("PROMOTE", "r2", 0.8)


def test_models_have_ledgers_of_their_own(registries: Registries) -> None:
    registries.specs.append(spec(), head=SpecHead(), at=START)
    registries.specs.append(spec(model="other"), head=SpecHead(), at=START)
    (ours,), (theirs,) = registries.ledger.entries(MODEL), registries.ledger.entries("other")
    assert (ours.number, theirs.number) == (1, 1)
    assert ours.sha256 != theirs.sha256


def _spec_twice(registries: Registries) -> None:
    registries.specs.append(spec(), head=SpecHead(), at=START)
    registries.specs.append(spec(), head=SpecHead(), at=START)


def _batch_twice(registries: Registries) -> None:
    item = dropped()
    registries.receipts.claim(MODEL, item)
    for _ in range(2):
        registries.datasets.accept(batch(1), item, receipt(item, batch=1))


def _run_twice(registries: Registries) -> None:
    registries.runs.begin(run(), event_id="e")
    registries.runs.begin(run(order(2)), event_id="f")


def _version_twice(registries: Registries) -> None:
    registries.versions.register(version(1))
    registries.versions.register(version(1))


@pytest.mark.parametrize("act", [_spec_twice, _batch_twice, _run_twice, _version_twice])
def test_a_write_that_loses_enters_nothing(registries: Registries, act: Callable[[Registries], None]) -> None:
    with pytest.raises(RegistryConflict):
        act(registries)
    assert len(decisions(registries)) == 1


def test_a_run_ends_once_in_the_ledger_too(registries: Registries) -> None:
    failure = RunFailure(stage="Fit", error="TrainingImpossible", cause="no rows")
    registries.runs.begin(run(), event_id="e")
    assert registries.runs.save(run(status=RunStatus.FAILED, failure=failure, ended_at=START))
    assert not registries.runs.save(run(status=RunStatus.REGISTERED, version=1, ended_at=START))
    began, ended = decisions(registries)
    assert (began.facts["run"], ended.facts["run"]) == ("began", "ended")
    assert (ended.facts["status"], ended.facts["error"]) == ("failed", "TrainingImpossible")


def test_a_deployment_that_loses_enters_nothing(registries: Registries) -> None:
    registries.versions.register(version(1))
    with pytest.raises(RegistryConflict):
        registries.deployments.replace(deployment(1, generation=2), states={1: (CANDIDATE, LIVE)})
    with pytest.raises(TransitionRefused):
        registries.deployments.replace(deployment(1), states={1: (LIVE, CANDIDATE)})
    assert [decision.kind for decision in decisions(registries)] == [DecisionKind.VERDICT]
    assert registries.versions.load(MODEL, 1).state is CANDIDATE


def test_a_state_changes_once_of_two_who_read_the_same(registries: Registries) -> None:
    registries.versions.register(version(1))
    read = registries.versions.load(MODEL, 1)
    changed = registries.versions.change_state(read, ARCHIVED, decision=archive("ann"))
    assert changed == registries.versions.load(MODEL, 1)
    with pytest.raises(RegistryConflict):
        registries.versions.change_state(read, VersionState.AWAITING_APPROVAL, decision=archive("bob"))
    assert changed.state is ARCHIVED
    *_, last = decisions(registries)
    assert (last.by, last.facts) == ("ann", {"state of version 1": "candidate -> archived"})


def test_a_change_that_the_table_does_not_list_is_refused(registries: Registries) -> None:
    registries.versions.register(version(1, VersionState.REJECTED))
    with pytest.raises(TransitionRefused, match="version 1 is rejected and cannot become live"):
        registries.versions.change_state(registries.versions.load(MODEL, 1), LIVE, decision=archive())
    assert len(decisions(registries)) == 1


def test_only_a_deployment_makes_a_version_live_or_ends_that(registries: Registries) -> None:
    registries.versions.register(version(1))
    with pytest.raises(TransitionRefused, match="only a deployment"):
        registries.versions.change_state(registries.versions.load(MODEL, 1), LIVE, decision=archive())
    registries.deployments.replace(deployment(1), states={1: (CANDIDATE, LIVE)})
    with pytest.raises(TransitionRefused, match="only a deployment"):
        registries.versions.change_state(registries.versions.load(MODEL, 1), RETIRED, decision=archive())
    assert registries.versions.load(MODEL, 1).state is LIVE


def test_the_state_of_a_version_that_is_not_there_does_not_change(registries: Registries) -> None:
    with pytest.raises(RegistryConflict):
        registries.versions.change_state(version(1), ARCHIVED, decision=archive())
    assert decisions(registries) == []


def together(actions: list[Callable[[], object]]) -> list[object]:
    """Do everything at one moment and return the answers; errors are answers too."""
    start = Barrier(len(actions))

    def act(action: Callable[[], object]) -> object:
        start.wait()
        try:
            return action()
        except RegistryConflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(act, actions))


def test_what_is_decided_at_one_moment_is_entered_whole_and_once(registries: Registries) -> None:
    items = [dropped(f"{n}.csv") for n in range(THREADS)]
    for number in range(1, THREADS + 1):
        registries.versions.register(version(number))
    for item in items:
        registries.receipts.claim(MODEL, item)

    def change(number: int) -> Callable[[], object]:
        read = registries.versions.load(MODEL, number)
        decision = archive(f"writer {number}")
        return lambda: registries.versions.change_state(read, ARCHIVED, decision=decision)

    answers = together([change(number) for number in range(1, THREADS + 1)])

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    entries = list(registries.ledger.entries(MODEL))
    require_whole(entries, registries.ledger.head(MODEL))
    assert {e.decision.by for e in entries[THREADS:]} == {f"writer {n}" for n in range(1, THREADS + 1)}
    assert len(entries) == 2 * THREADS


def test_of_many_who_change_one_state_exactly_one_wins(registries: Registries) -> None:
    registries.versions.register(version(1))
    read = registries.versions.load(MODEL, 1)

    def change(by: str) -> Callable[[], object]:
        return lambda: registries.versions.change_state(read, ARCHIVED, decision=archive(by))

    answers = together([change(f"writer {n}") for n in range(THREADS)])

    assert sum(isinstance(answer, RegistryConflict) for answer in answers) == THREADS - 1
    assert len(decisions(registries)) == 2
    require_whole(list(registries.ledger.entries(MODEL)), registries.ledger.head(MODEL))
