"""A release that ended in silence, with a version that still waits for it, was approved for it or is shown.

The event about its end may be lost or still on its way, and a restart of the local cloud ends releases
without one.
"""

from __future__ import annotations

from datetime import datetime

from tideline.domain.release.approval import Approval
from tideline.domain.release.deployment import Rollout
from tideline.domain.release.version import VersionState
from tideline.ports import ApprovalRegistry, WorkflowEngine


def has_ended(engine: WorkflowEngine, approval: Approval) -> bool:
    """Tell whether the release that an approval is for is over."""
    return engine.has_ended(engine.execution_arn(approval.request.release_id))


def has_lost_its_workflow(engine: WorkflowEngine, rollout: Rollout) -> bool:
    """Tell whether a release shows its version to callers, and nothing will ever judge it."""
    return engine.has_ended(engine.execution_arn(rollout.release_id))


def give_up(approvals: ApprovalRegistry, approval: Approval, *, state: VersionState, at: datetime) -> None:
    """Make the version a candidate again; raises `RegistryConflict` where another writer was first."""
    note = f"release {approval.request.release_id} ended, and nobody concluded it"
    approvals.give_up(approval, state=state, note=note, at=at)
