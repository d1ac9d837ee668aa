"""Writers that read, then wait while others write, then write: beside a plain dict that says who must win."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws

from tests.contracts.conftest import Registries, in_memory, on_dynamodb
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, deployment, sha, spec, version
from tideline.domain.contract.spec import SpecHead
from tideline.domain.ledger.entry import Decision, DecisionKind
from tideline.domain.release.deployment import Deployment, Rollout
from tideline.domain.release.plan import Step
from tideline.domain.release.shifting import broken_off, promoted, with_step
from tideline.domain.release.version import TRANSITIONS, ModelVersion, StateChange, VersionState
from tideline.errors import RegistryConflict, TidelineError, TransitionRefused
from tideline.services.audit_ledger import AuditLedger

LIVE, RETIRED, ROLLED_BACK = VersionState.LIVE, VersionState.RETIRED, VersionState.ROLLED_BACK
# States that only a deployment gives and takes.
RELEASING = VersionState.RELEASING
DEPLOYED = frozenset({LIVE, RELEASING})
RACERS = 3


@dataclass(frozen=True)
class Plan:
    """A release as it was planned on what stood in the registry then."""

    deployment: Deployment
    states: dict[int, StateChange]


class Writers(RuleBasedStateMachine):
    """The registry under test, and what must be true of it: states, who is live, how many decisions."""

    read, plans = Bundle("read"), Bundle("plans")

    def __init__(self, registries: Registries) -> None:
        super().__init__()
        self.registries = registries
        self.states: dict[int, VersionState] = {}
        self.generation = 0
        self.champion: int | None = None
        self.decisions = 0
        self.made = 0

    @initialize(target=read)
    def begin(self) -> MultipleResults[ModelVersion]:
        self.registries.specs.append(spec(), head=SpecHead(), at=START)
        self.decisions = 1
        for number, rejected in ((1, False), (2, False), (3, True)):
            self.register(number, rejected=rejected)
        return multiple(*self.registries.versions.all(MODEL))

    @rule(late=st.booleans())
    def register_what_was_made(self, *, late: bool) -> None:
        # Whoever looked for the next number before the newest was registered comes too late.
        self.register(self.registries.versions.latest_number(MODEL) + (not late), rejected=False)

    def register(self, number: int, *, rejected: bool) -> None:
        self.made += 1
        state = VersionState.REJECTED if rejected else VersionState.CANDIDATE
        new = version(
            number, state, sha256=sha(f"artifact {self.made}"), run_id=f"{MODEL}-d1-s1-a{self.made}"
        )
        free = number == len(self.states) + 1
        if self.took_effect(lambda: self.registries.versions.register(new), allowed=free):
            self.states[number] = state

    @rule(target=read, choice=st.integers(0, 1000))
    def read_a_version(self, choice: int) -> ModelVersion:
        return self.registries.versions.load(MODEL, 1 + choice % len(self.states))

    @rule(version=read, to=st.sampled_from(VersionState))
    def change_state_to_anything(self, version: ModelVersion, to: VersionState) -> None:
        own = to in TRANSITIONS[version.state] and not DEPLOYED & {to, version.state}
        fresh = self.states[version.number] is version.state
        if self.took_effect(lambda: self.change(version, to), legal=own, allowed=fresh):
            self.states[version.number] = to

    @rule(version=read, choice=st.integers(0, 1000))
    def change_state_by_the_table(self, version: ModelVersion, choice: int) -> None:
        ways = sorted(TRANSITIONS[version.state])
        if ways:
            self.change_state_to_anything(version, ways[choice % len(ways)])

    @rule(version=read, data=st.data())
    def race_for_one_state(self, version: ModelVersion, data: st.DataObject) -> None:
        ways = sorted(TRANSITIONS[version.state] - DEPLOYED)
        if not ways or version.state in DEPLOYED:
            return
        targets = data.draw(st.lists(st.sampled_from(ways), min_size=RACERS, max_size=RACERS))

        def act(to: VersionState) -> bool:
            try:
                self.change(version, to)
            except RegistryConflict:
                return False
            return True

        with ThreadPoolExecutor(RACERS) as pool:
            won = [to for to, done in zip(targets, pool.map(act, targets), strict=True) if done]
        assert len(won) == (1 if self.states[version.number] is version.state else 0)
        if won:
            self.states[version.number] = won[0]
            self.decisions += 1

    @rule(target=plans, choice=st.integers(0, 1000), back=st.booleans())
    def plan_a_release(self, choice: int, *, back: bool) -> Plan:
        version = self.registries.versions.load(MODEL, 1 + choice % len(self.states))
        current = self.registries.deployments.load(MODEL)
        before = current.champion.version if current else None
        states = {} if before is None else {before: (LIVE, ROLLED_BACK if back else RETIRED)}
        generation = current.generation + 1 if current else 1
        return Plan(
            deployment(version.number, generation=generation, replaces=before),
            states | {version.number: (version.state, LIVE)},
        )

    @rule(target=plans, choice=st.integers(0, 1000), weight=st.integers(1, 99))
    def plan_a_step(self, choice: int, *, weight: int) -> Plan | MultipleResults[Plan]:
        current = self.registries.deployments.load(MODEL)
        version = self.registries.versions.load(MODEL, 1 + choice % len(self.states))
        if current is None or current.rollout is not None or version.number == current.champion.version:
            return multiple()
        rollout = Rollout(
            release_id="r", version=version.number, strategy="canary", step=1, steps=2, since=START
        )
        step = Step(role="challenger", weight=weight, wait_s=60)
        entry = deployment(version.number).champion
        after = with_step(current, entry, step, rollout=rollout, capture=current.capture)
        return Plan(after, {version.number: (version.state, RELEASING)})

    @rule(target=plans, to=st.sampled_from([ROLLED_BACK, VersionState.CANDIDATE, LIVE]))
    def plan_the_end_of_a_rollout(self, to: VersionState) -> Plan | MultipleResults[Plan]:
        current = self.registries.deployments.load(MODEL)
        if current is None or current.rollout is None:
            return multiple()
        number, champion = current.rollout.version, current.champion.version
        if to is not LIVE:
            return Plan(broken_off(current, at=START), {number: (RELEASING, to)})
        entry = deployment(number).champion
        after = promoted(current, entry, at=START, capture=current.capture)
        return Plan(after, {number: (RELEASING, LIVE), champion: (LIVE, RETIRED)})

    @rule(choice=st.integers(0, 1000), weight=st.integers(1, 99))
    def shift_at_once(self, choice: int, *, weight: int) -> None:
        plan = self.plan_a_step(choice, weight=weight)
        if isinstance(plan, Plan):
            self.carry_out_a_release(plan)

    @rule(choice=st.integers(0, 1000), back=st.booleans())
    def release_at_once(self, choice: int, *, back: bool) -> None:
        self.carry_out_a_release(self.plan_a_release(choice, back=back))

    @rule(plan=plans)
    def carry_out_a_release(self, plan: Plan) -> None:
        legal = all(after in TRANSITIONS[before] for before, after in plan.states.values())
        fresh = plan.deployment.generation == self.generation + 1 and all(
            self.states[number] is before for number, (before, _) in plan.states.items()
        )
        replace = self.registries.deployments.replace
        if self.took_effect(lambda: replace(plan.deployment, states=plan.states), legal=legal, allowed=fresh):
            self.states |= {number: after for number, (_, after) in plan.states.items()}
            self.generation, self.champion = self.generation + 1, plan.deployment.champion.version

    @invariant()
    def registry_is_as_it_must_be(self) -> None:
        found = {each.number: each.state for each in self.registries.versions.all(MODEL)}
        assert found == self.states
        live = [number for number, state in found.items() if state is LIVE]
        assert live == ([] if self.champion is None else [self.champion])
        current = self.registries.deployments.load(MODEL)
        assert (current.champion.version if current else None) == self.champion

    @invariant()
    def ledger_is_whole_and_has_one_entry_for_every_change(self) -> None:
        if self.decisions:
            audit = _auditor(self.registries)(MODEL)
            assert (audit.misfit, audit.entries) == (None, self.decisions)

    def change(self, read: ModelVersion, to: VersionState) -> None:
        subject = f"version {read.number}"
        decision = Decision(kind=DecisionKind.STATE, subject=subject, at=START, by="ann", facts={})
        self.registries.versions.change_state(read, to, decision=decision)

    def took_effect(self, write, *, legal: bool = True, allowed: bool) -> bool:  # type: ignore[no-untyped-def]
        """Write, and hold the outcome against what must come of it."""
        expected: type[TidelineError] | None = None
        if not legal:
            expected = TransitionRefused
        elif not allowed:
            expected = RegistryConflict
        if expected is None:
            write()
            self.decisions += 1
            return True
        with pytest.raises(expected):
            write()
        return False


def _auditor(registries: Registries) -> AuditLedger:
    return AuditLedger(
        ledger=registries.ledger,
        specs=registries.specs,
        datasets=registries.datasets,
        runs=registries.runs,
        versions=registries.versions,
        approvals=registries.approvals,
        deployments=registries.deployments,
    )


@contextmanager
def _amazon() -> Iterator[None]:
    credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with patch.dict(os.environ, credentials), mock_aws():
        yield


class OnDynamoDb(Writers):
    """The same on a table of its own for every story."""

    def __init__(self) -> None:
        self._amazon = ExitStack()
        self._amazon.enter_context(_amazon())
        super().__init__(on_dynamodb())

    def teardown(self) -> None:
        self._amazon.close()


def test_writers_in_any_order_in_memory() -> None:
    run_state_machine_as_test(
        lambda: Writers(in_memory()),
        settings=settings(max_examples=60, stateful_step_count=25, deadline=None),
    )


def test_writers_in_any_order_on_dynamodb() -> None:
    # moto takes its time: few stories, and none is told again in search of a shorter one.
    run_state_machine_as_test(
        OnDynamoDb,
        settings=settings(
            max_examples=5,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
