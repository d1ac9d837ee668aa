"""What the ledger says of traffic: steps are releases, what takes a version from callers is a rollback."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, deployment, spec, version
from tideline.domain.ledger.decisions import (
    deployment_replaced,
    spec_applied,
    version_registered,
    with_states,
)
from tideline.domain.ledger.entry import Decision, DecisionKind, LedgerEntry, LedgerHead, chain
from tideline.domain.ledger.records import Records, first_contradiction
from tideline.domain.release.deployment import Deployment, Rollout
from tideline.domain.release.move import Move
from tideline.domain.release.plan import Step
from tideline.domain.release.shifting import broken_off, gone_back, promoted, with_step
from tideline.domain.release.version import StateChange, VersionState

CANDIDATE, LIVE, RETIRED = VersionState.CANDIDATE, VersionState.LIVE, VersionState.RETIRED
RELEASING, ROLLED_BACK = VersionState.RELEASING, VersionState.ROLLED_BACK


def entry(number: int) -> Any:
    return deployment(number).champion


def rolling(current: Deployment, number: int) -> Deployment:
    rollout = Rollout(release_id="r", version=number, strategy="canary", step=1, steps=3, since=START)
    step = Step(role="challenger", weight=5, wait_s=60)
    return with_step(current, entry(number), step, rollout=rollout, capture=current.capture)


def told(
    after: Deployment, states: dict[int, StateChange], *, requested_by: str = "", **fields: Any
) -> Decision:
    base: dict[str, Any] = {
        "model": MODEL,
        "cause": "c",
        "kind": "step",
        "version": 2,
        "champion": after.champion.version,
        "generation": after.generation,
        "at": START,
    }
    move = Move.model_validate(base | fields)
    return deployment_replaced(after, states=states, requested_by=requested_by, move=move)


FIRST = deployment(1)
ROLLING = rolling(FIRST, 2)
LIVE_AGAIN: dict[int, StateChange] = {2: (LIVE, ROLLED_BACK), 1: (RETIRED, LIVE)}


def test_a_step_is_a_release_and_says_who_answers_how_many() -> None:
    said = told(ROLLING, {2: (CANDIDATE, RELEASING)})
    assert (said.kind, said.subject, said.by) == (
        DecisionKind.RELEASE,
        "version 2",
        "tideline:shift_traffic",
    )
    assert {said.facts[name] for name in ("release", "strategy")} == {"r", "canary"}
    assert (said.facts["step"], said.facts["steps"], said.facts["releasing"]) == (1, 3, 2)
    assert said.facts["answering"] == "version 1 (champion) 95%, version 2 (challenger) 5%"


@pytest.mark.parametrize(
    ("by", "to", "who"),
    [
        ("judge", ROLLED_BACK, "tideline:judge_release"),
        ("alarm", ROLLED_BACK, "tideline:roll_back"),
        ("failure", CANDIDATE, "tideline:conclude_release"),
    ],
)
def test_a_release_that_is_broken_off_is_a_rollback(by: str, to: VersionState, who: str) -> None:
    after = broken_off(ROLLING, at=START)
    said = told(after, {2: (RELEASING, to)}, kind="break_off", by=by, reasons=("worse", "slower"))
    assert (said.kind, said.subject, said.by) == (DecisionKind.ROLLBACK, "version 2", who)
    assert said.facts["reasons"] == "worse; slower"


def test_going_back_is_a_rollback_by_whoever_asked() -> None:
    after = gone_back(promoted(FIRST, entry(2), at=START, capture=FIRST.capture), entry(1), at=START)
    said = told(after, LIVE_AGAIN, requested_by="ann", kind="return", by="request")
    assert (said.kind, said.by) == (DecisionKind.ROLLBACK, "ann")


def test_a_promotion_is_a_release_even_after_a_release_of_something_older() -> None:
    older = promoted(deployment(3), entry(2), at=START, capture=FIRST.capture)
    assert told(older, {2: (CANDIDATE, LIVE), 3: (LIVE, RETIRED)}).kind is DecisionKind.ROLLBACK
    assert told(rolling(older, 4), {4: (CANDIDATE, RELEASING)}).kind is DecisionKind.RELEASE
    newer = promoted(rolling(older, 4), entry(4), at=START, capture=FIRST.capture)
    assert told(newer, {4: (RELEASING, LIVE), 2: (LIVE, RETIRED)}).kind is DecisionKind.RELEASE


class TestAudit:
    def entries(self, *decisions: Decision) -> list[LedgerEntry]:
        before = [
            spec_applied(spec(), version=1, at=START),
            *map(version_registered, (version(1), version(2))),
        ]
        head, made = LedgerHead(), []
        for decision in (*before, *decisions):
            made.append(chain(MODEL, decision, head=head))
            head = LedgerHead(number=made[-1].number, sha256=made[-1].sha256)
        return made

    def records(self, now: Deployment, *states: VersionState) -> Records:
        versions = tuple(version(n, s) for n, s in enumerate(states, start=1))
        return Records(
            specs=(spec(),),
            versions=tuple(v.model_copy(update={"state": s}) for v, s in zip(versions, states, strict=True)),
            deployment=now,
        )

    def story(self) -> tuple[list[LedgerEntry], Records]:
        after = broken_off(ROLLING, at=START)
        entries = self.entries(
            deployment_replaced(FIRST, states={1: (CANDIDATE, LIVE)}, requested_by=""),
            told(ROLLING, {2: (CANDIDATE, RELEASING)}),
            told(after, {2: (RELEASING, ROLLED_BACK)}, kind="break_off", by="judge", reasons=("worse",)),
        )
        return entries, self.records(after, LIVE, ROLLED_BACK)

    def test_a_release_and_its_end_fit_the_registry(self) -> None:
        entries, records = self.story()
        assert first_contradiction(entries, records) is None

    def test_a_release_under_way_fits_the_registry(self) -> None:
        entries, _ = self.story()
        assert first_contradiction(entries[:-1], self.records(ROLLING, LIVE, RELEASING)) is None

    def test_weights_that_somebody_edited_are_found(self) -> None:
        entries, _ = self.story()
        champion, challenger = ROLLING.versions
        edited = ROLLING.model_copy(
            update={
                "versions": (
                    champion.model_copy(update={"weight": 50}),
                    challenger.model_copy(update={"weight": 50, "slots": ((0, 50),)}),
                )
            }
        )
        misfit = first_contradiction(entries[:-1], self.records(edited, LIVE, RELEASING))
        assert misfit is not None
        assert "`answering` is" in misfit.sentence

    def test_reasons_are_in_no_record_and_are_not_held_against_it(self) -> None:
        entries, records = self.story()
        assert records.deployment is not None
        other = records.deployment.model_copy(update={"before": (7,)})
        misfit = first_contradiction(entries, records_with(records, other))
        assert misfit is not None
        assert "only by its hash" in misfit.sentence

    def test_a_state_that_somebody_edited_is_found(self) -> None:
        entries, _ = self.story()
        edited = self.records(broken_off(ROLLING, at=START), LIVE, CANDIDATE)
        misfit = first_contradiction(entries, edited)
        assert misfit is not None
        assert "made version 2 rolled_back" in misfit.sentence


def records_with(records: Records, now: Deployment) -> Records:
    return Records(specs=records.specs, versions=records.versions, deployment=now)


def test_states_are_told_with_the_step() -> None:
    said = with_states(told(ROLLING, {}), {2: (CANDIDATE, RELEASING)})
    assert said.facts["state of version 2"] == "candidate -> releasing"
