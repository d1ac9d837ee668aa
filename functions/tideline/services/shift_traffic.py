"""Shift traffic: carry out one step of a release, in one conditional write that serving sees in seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tideline.domain.release.deployment import Capture, Deployment, Rollout
from tideline.domain.release.move import Move, step_cause
from tideline.domain.release.plan import ReleasePlan, Step, release_plan
from tideline.domain.release.release_order import ReleaseOrder, Shifted, ShiftTask
from tideline.domain.release.release_wish import wish_again
from tideline.domain.release.shifting import first_deployment, promoted, with_step
from tideline.domain.release.version import TRANSITIONS, ModelVersion, StateChange, VersionState
from tideline.errors import ReleaseRefused
from tideline.ports import (
    ApprovalRegistry,
    Clock,
    DeploymentRegistry,
    EventPublisher,
    ObjectStore,
    ReleaseQueue,
    SpecRegistry,
    VersionRegistry,
)
from tideline.services.deployed_entry import deployed_entry
from tideline.services.require_approval import require_approval
from tideline.services.tell_move import fact_of
from tideline.services.wait_for_turn import WaitForTurn

_FIRST = 1


@dataclass(frozen=True)
class ShiftTraffic:
    """Idempotency key: (release, step): a step is carried out once, and told again as it was.

    The first step claims the deployment as it was when the release was planned: a plan made on an older
    generation loses, however late it comes. Later steps go on from the step before.
    """

    lake: ObjectStore
    specs: SpecRegistry
    approvals: ApprovalRegistry
    versions: VersionRegistry
    deployments: DeploymentRegistry
    queue: ReleaseQueue
    publisher: EventPublisher
    clock: Clock
    new_salt: Callable[[], str]

    def __call__(self, task: ShiftTask) -> Shifted:
        """Carry out a step, say so, and tell what the workflow does next.

        Raises:
            ReleaseRefused: the deployment has changed since the plan was made, the version's state does not
                allow it, or an approval is needed and is not there.
            ArtifactInvalid: the manifest, which says what callers may ask, is not the one registered.
            RegistryConflict: another writer was first; try again.
        """
        order = task.order
        # In this order: what another delivery of the step does in between is found, or conflicts.
        current = self.deployments.load(order.model)
        move = self.deployments.moved(order.model, step_cause(order.release_id, task.step))
        if move is None:
            if not self._has_turn(task, current):
                return self._without_turn(task)
            move = self._shift(task, current)
        self.publisher.publish(fact_of(move))
        return _shifted(move)

    def _has_turn(self, task: ShiftTask, current: Deployment | None) -> bool:
        rollout = current.rollout if current else None
        if task.step == _FIRST:
            return rollout is None
        ours = rollout is not None and rollout.release_id == task.order.release_id
        return ours and rollout is not None and rollout.step == task.step - 1

    def _without_turn(self, task: ShiftTask) -> Shifted:
        """Stand back: a later step for whatever ended this release, a first one for who was faster.

        An approval is for one release: who has one is refused, not queued under another name.
        """
        order = task.order
        if task.step != _FIRST:
            return Shifted(outcome="over")
        if order.needs_approval:
            raise ReleaseRefused(
                "another release is under way; when it has ended, ask again with"
                f" `tideline release {order.model} {order.version}`"
            )
        # Whom it displaces there is told.
        WaitForTurn(queue=self.queue, publisher=self.publisher, clock=self.clock)(wish_again(order))
        return Shifted(outcome="queued")

    def _shift(self, task: ShiftTask, current: Deployment | None) -> Move:
        version = self.versions.load(task.order.model, task.order.version)
        if task.step == _FIRST:
            self._claim(task.order, version, current)
        plan = release_plan(task.order.strategy, first=current is None)
        step = plan.step(task.step)
        after = self._after(task, version, current, plan)
        move = _move(task, after, plan, step)
        self.deployments.replace(
            after,
            states=_states(version, current, step),
            requested_by=task.order.requested_by,
            move=move,
        )
        return move

    def _claim(self, order: ReleaseOrder, version: ModelVersion, current: Deployment | None) -> None:
        generation = current.generation if current else 0
        if generation != order.generation:
            raise ReleaseRefused(
                f"the deployment is at generation {generation}, this release was planned on "
                f"{order.generation}: something else went live meanwhile; ask again if it is still wanted"
            )
        if VersionState.LIVE not in TRANSITIONS[version.state]:
            raise ReleaseRefused(f"version {order.version} is {version.state} and cannot go live")
        require_approval(order, version, specs=self.specs, approvals=self.approvals)

    def _after(
        self, task: ShiftTask, version: ModelVersion, current: Deployment | None, plan: ReleasePlan
    ) -> Deployment:
        entry, at = deployed_entry(self.lake, version), self.clock()
        capture, step = self._capture(version.model, current), plan.step(task.step)
        if current is None:
            return first_deployment(version.model, entry, at=at, capture=capture)
        if step is None:
            return promoted(current, entry, at=at, capture=capture)
        rollout = Rollout(
            release_id=task.order.release_id,
            version=version.number,
            strategy=plan.strategy,
            step=task.step,
            steps=plan.steps,
            since=at,
        )
        return with_step(current, entry, step, rollout=rollout, capture=capture)

    def _capture(self, model: str, current: Deployment | None) -> Capture:
        """Return the newest spec's sample, with the salt in use: another one would part the hashes."""
        sample = self.specs.load(model, self.specs.head(model).version).capture.sample
        salt = current.capture.salt if current else ""
        return Capture(sample=sample, salt=salt or self.new_salt())


def _states(version: ModelVersion, current: Deployment | None, step: Step | None) -> dict[int, StateChange]:
    if step is not None:
        shown = version.state is VersionState.RELEASING
        return {} if shown else {version.number: (version.state, VersionState.RELEASING)}
    live = {version.number: (version.state, VersionState.LIVE)}
    retired = {current.champion.version: (VersionState.LIVE, VersionState.RETIRED)} if current else {}
    return live | retired


def _move(task: ShiftTask, after: Deployment, plan: ReleasePlan, step: Step | None) -> Move:
    order = task.order
    return Move(
        model=order.model,
        cause=step_cause(order.release_id, task.step),
        kind="step" if step else "promotion",
        version=order.version,
        champion=after.champion.version,
        generation=after.generation,
        at=after.since,
        release_id=order.release_id,
        strategy=plan.strategy,
        step=task.step,
        steps=plan.steps,
        weight=step.weight if step else 100,
        wait_s=step.wait_s if step else 0,
        replaces=after.replaces,
        run_id=order.run_id,
        reasons=task.reasons,
        requested_by=order.requested_by,
    )


def _shifted(move: Move) -> Shifted:
    live = move.kind == "promotion"
    return Shifted(
        outcome="live" if live else "under_way",
        live=live,
        strategy=move.strategy,
        step=move.step,
        steps=move.steps,
        weight=move.weight,
        champion=move.champion,
        generation=move.generation,
        wait_s=move.wait_s,
    )
