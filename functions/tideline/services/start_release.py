"""Start the release of a version: of a new one by itself, of any other because somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tideline.domain.release.approval import Approval
from tideline.domain.release.deployment import Deployment, Rollout
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.release_wish import ReleaseWish
from tideline.domain.release.version import TRANSITIONS, ModelVersion, VersionState
from tideline.errors import ReleaseRefused, TidelineError, UnknownVersion
from tideline.events.facts import RunFailed
from tideline.ports import (
    ApprovalRegistry,
    Clock,
    DeploymentRegistry,
    EventPublisher,
    ObjectStore,
    ReleaseQueue,
    SpecRegistry,
    VersionRegistry,
    WorkflowEngine,
)
from tideline.services.abandoned_release import give_up, has_ended, has_lost_its_workflow
from tideline.services.break_off import BreakOff, Ending, abandoned
from tideline.services.judged_against import judged_against
from tideline.services.release_rules import release_rules
from tideline.services.tell_move import fact_of
from tideline.services.wait_for_turn import WaitForTurn

_AWAITS = frozenset({VersionState.AWAITING_APPROVAL, VersionState.APPROVED})
_ON_ITS_WAY = _AWAITS | {VersionState.RELEASING}


class _Answer(NamedTuple):
    """What came of a wish: a release, or nothing, or it waits."""

    release_id: str | None = None
    waits: bool = False


@dataclass(frozen=True)
class StartRelease:
    """Idempotency key: the event's id, which is part of the execution's name.

    While another release shows its version to callers, a wish waits, or takes its place where the spec says
    so (`release.newer`).
    """

    lake: ObjectStore
    specs: SpecRegistry
    versions: VersionRegistry
    approvals: ApprovalRegistry
    deployments: DeploymentRegistry
    queue: ReleaseQueue
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, wish: ReleaseWish) -> str | None:
        """Return the release's id, or None where there is nothing to do, or the wish was refused or waits.

        Raises:
            RegistryConflict: another writer was first; try again.
        """
        answer = self._answer(wish)
        if not answer.waits:
            return answer.release_id
        WaitForTurn(queue=self.queue, publisher=self.publisher, clock=self.clock)(wish)
        # The other release may have ended before its end could find the wish.
        return self.start_next(wish.model)

    def start_next(self, model: str) -> str | None:
        """Start the release that waits, if its turn has come, on the deployment as it is now.

        Raises:
            RegistryConflict: another writer was first; try again.
        """
        wish = self.queue.remembered(model)
        if wish is None:
            return None
        answer = self._answer(wish)
        if not answer.waits:
            self.queue.forget(model, event_id=wish.event_id)
        return answer.release_id

    def _answer(self, wish: ReleaseWish) -> _Answer:
        try:
            return self._start(wish)
        except (UnknownVersion, ReleaseRefused) as refusal:
            self._refuse(wish, refusal)
            return _Answer()

    def _start(self, wish: ReleaseWish) -> _Answer:
        superseded = self.deployments.moved(wish.model, wish.event_id)
        if superseded is not None:
            self.publisher.publish(fact_of(superseded))
        deployment = self._deployment(wish.model)
        rollout = deployment.rollout if deployment else None
        if rollout is not None and rollout.release_id == wish.release_id:
            return _Answer(wish.release_id)
        version = self.versions.load(wish.model, wish.version)
        if self._has_nothing_to_do(wish, version, deployment):
            return _Answer()
        version = self._settled(wish, version)
        _require_releasable(version, rollout)
        self._require_judged_beside(wish, version, deployment)
        if rollout is not None and not self._supersedes(wish, version, rollout):
            return _Answer(waits=True)
        order = self._order(wish, version, self.deployments.load(wish.model))
        self.engine.start(order.release_id, order.model_dump_json())
        return _Answer(order.release_id)

    def _deployment(self, model: str) -> Deployment | None:
        """Return the deployment, without a release whose workflow has ended in silence."""
        deployment = self.deployments.load(model)
        rollout = deployment.rollout if deployment else None
        if rollout is None or not has_lost_its_workflow(self.engine, rollout):
            return deployment
        self._break_off(model, rollout, abandoned(rollout.release_id))
        return self.deployments.load(model)

    def _supersedes(self, wish: ReleaseWish, version: ModelVersion, rollout: Rollout) -> bool:
        """Put a newer version in the place of the one under way, where the spec says so."""
        if wish.version <= rollout.version or release_rules(self.specs, version).newer != "supersede":
            return False
        ending = Ending(
            cause=wish.event_id,
            by="request",
            reasons=(f"superseded by version {wish.version}",),
            to=VersionState.CANDIDATE,
            requested_by=wish.requested_by,
            entered_by="tideline:start_release",
        )
        self._break_off(wish.model, rollout, ending)
        return True

    def _break_off(self, model: str, rollout: Rollout, ending: Ending) -> None:
        BreakOff(deployments=self.deployments, publisher=self.publisher, clock=self.clock)(
            model, rollout.release_id, ending
        )

    def _has_nothing_to_do(
        self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None
    ) -> bool:
        live = deployment.champion.version if deployment else 0
        if not wish.automatic:
            return live == wish.version
        # A registration that is told late must not take back what is newer, nor one that is told twice ask
        # twice.
        return wish.version <= live or version.state in _ON_ITS_WAY

    def _settled(self, wish: ReleaseWish, version: ModelVersion) -> ModelVersion:
        """Return the version, as a candidate again if what it waits for has come to nothing.

        Nobody may have heard of the end of its release: the event about it is lost or still on its way. A
        restart of the local cloud ends releases in silence.

        Raises:
            ReleaseRefused: it waits for another release than this wish, told again, has started.
        """
        approval = self.approvals.load(wish.model, wish.version)
        if version.state not in _AWAITS or approval is None:
            return version
        other = approval.request.release_id
        if other == wish.release_id:
            return version
        if not self._is_abandoned(approval):
            raise ReleaseRefused(
                f"release {other} of version {version.number} is under way: it is {version.state}"
            )
        give_up(self.approvals, approval, state=version.state, at=self.clock())
        return self.versions.load(wish.model, wish.version)

    def _is_abandoned(self, approval: Approval) -> bool:
        return approval.has_expired(at=self.clock()) or has_ended(self.engine, approval)

    def _require_judged_beside(
        self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None
    ) -> None:
        """Refuse to put a version live by itself that was compared with another one than it would replace."""
        if not wish.automatic or deployment is None:
            return
        beside, live = judged_against(self.lake, version), deployment.champion.version
        if beside is not None and beside != live:
            raise ReleaseRefused(
                f"version {version.number} was compared with version {beside}, but version {live} is live"
                f" now: to release it all the same, ask with `tideline release {wish.model} {version.number}`"
            )

    def _order(self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None) -> ReleaseOrder:
        rules = release_rules(self.specs, version)
        return ReleaseOrder(
            model=wish.model,
            version=wish.version,
            release_id=wish.release_id,
            generation=deployment.generation if deployment else 0,
            run_id=version.run_id,
            requested_by=wish.requested_by,
            needs_approval=rules.approval == "required",
            approval_within_s=rules.approval_within,
            strategy=wish.strategy or rules.strategy,
            automatic=wish.automatic,
        )

    def _refuse(self, wish: ReleaseWish, refusal: TidelineError) -> None:
        self.publisher.publish(
            RunFailed(
                model=wish.model,
                occurred_at=self.clock(),
                run_id=f"release of {wish.model} version {wish.version}",
                stage="start",
                error=type(refusal).__name__,
                cause=refusal.message,
            )
        )


def _require_releasable(version: ModelVersion, rollout: Rollout | None) -> None:
    if version.state is VersionState.REJECTED:
        # A person's rejection is noted; the gate's reasons are those of the evaluation.
        why = version.note or "; ".join(version.evaluation.reasons)
        raise ReleaseRefused(f"version {version.number} was rejected: {why}")
    if rollout is not None and rollout.version == version.number:
        raise ReleaseRefused(
            f"version {version.number} is being released already: release {rollout.release_id} is at step"
            f" {rollout.step} of {rollout.steps}"
        )
    possible = TRANSITIONS[version.state] | {version.state}
    if not possible & {VersionState.LIVE, VersionState.AWAITING_APPROVAL}:
        raise ReleaseRefused(f"version {version.number} is {version.state} and cannot go live")
