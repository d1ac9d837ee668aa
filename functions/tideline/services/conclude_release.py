"""Conclude a release: nothing of one that failed stays with callers, and whoever waited is next."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.approval import Approval
from tideline.domain.release.release_order import ReleaseOrder, parse_release_id
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import RunFailure
from tideline.errors import UnknownVersion
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import RunFailed
from tideline.ports import ApprovalRegistry, Clock, EventPublisher, VersionRegistry, WorkflowEngine
from tideline.services.break_off import BreakOff, abandoned
from tideline.services.start_release import StartRelease

# The state of the workflow that waits for a person, and what it fails with when nobody comes.
_WAITS = "RequestApproval"
_TIMED_OUT = frozenset({"States.Timeout", "States.Timed_Out"})
_SUCCEEDED = "SUCCEEDED"
_WAITING = frozenset({VersionState.AWAITING_APPROVAL, VersionState.APPROVED})


@dataclass(frozen=True)
class ConcludeRelease:
    """Idempotency key: the release's id; what a second delivery would do is done.

    A release whose workflow is over shows its version to nobody. That it failed is no judgement: the version
    is a candidate again.

    An approval is for one release: a version that awaited or had one is a candidate again, so that somebody
    can ask anew.
    """

    versions: VersionRegistry
    approvals: ApprovalRegistry
    engine: WorkflowEngine
    break_off: BreakOff
    start_release: StartRelease
    publisher: EventPublisher
    clock: Clock

    def __call__(self, ended: ExecutionEnded) -> None:
        """Clear up after one release and start the next; executions that are no releases are left alone.

        Raises:
            RegistryConflict: another writer was first; try again.
        """
        try:
            model, number = parse_release_id(ended.name)
            self.versions.load(model, number)
        except (ValueError, UnknownVersion):
            return
        self.break_off(model, ended.name, abandoned(ended.name, _reason(ended)))
        if ended.status != _SUCCEEDED:
            self._note_failure(self.versions.load(model, number), ended)
        self.start_release.start_next(model)

    def _note_failure(self, version: ModelVersion, ended: ExecutionEnded) -> None:
        approval = self._approval(version, ended)
        if version.state is VersionState.REJECTED and approval is not None:
            # The person who rejected it has told so already.
            return
        if version.state in _WAITING and approval is None and _nobody_asked(ended):
            # A registration told twice starts two releases of one version, of which one waits.
            return
        failure = self._failure(version, approval, ended)
        note = f"release {ended.name} failed in {failure.stage}: {failure.error}: {failure.cause}"
        if version.note == note:
            return
        self.publisher.publish(
            RunFailed(
                model=version.model,
                occurred_at=self.clock(),
                run_id=version.run_id,
                stage=failure.stage,
                error=failure.error,
                cause=failure.cause,
            )
        )
        self._note(version, approval, note)

    def _approval(self, version: ModelVersion, ended: ExecutionEnded) -> Approval | None:
        """Return the approval that this release asked for, if it is still the newest."""
        found = self.approvals.load(version.model, version.number)
        return found if found is not None and found.request.release_id == ended.name else None

    def _failure(self, version: ModelVersion, approval: Approval | None, ended: ExecutionEnded) -> RunFailure:
        failure = self.engine.failure(ended.execution_arn, error=ended.error, cause=ended.cause)
        if approval is None or failure.stage != _WAITS or failure.error not in _TIMED_OUT:
            return failure
        cause = (
            f"nobody answered by {approval.request.expires_at:%Y-%m-%d %H:%M} UTC; ask again with"
            f" `tideline release {version.model} {version.number}`"
        )
        return failure.model_copy(update={"error": "ApprovalExpired", "cause": cause})

    def _note(self, version: ModelVersion, approval: Approval | None, note: str) -> None:
        if version.state not in _WAITING:
            self.versions.note(version, note)
        elif approval is not None:
            self.approvals.give_up(approval, state=version.state, note=note, at=self.clock())
        # Else another release of the version waits: its note is not ours to write.


def _reason(ended: ExecutionEnded) -> str:
    why = f" ({ended.error})" if ended.error else ""
    return f"its workflow ended as {ended.status.lower()}{why} before the version was live"


def _nobody_asked(ended: ExecutionEnded) -> bool:
    """Tell whether a release started by itself: then nobody waits for an answer about it."""
    return ended.input is not None and not ReleaseOrder.model_validate_json(ended.input).requested_by
