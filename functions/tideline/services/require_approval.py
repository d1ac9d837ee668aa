"""Whether a release may show its version to callers: not without the approval that somebody has to give."""

from __future__ import annotations

from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.errors import ReleaseRefused
from tideline.ports import ApprovalRegistry, SpecRegistry
from tideline.services.release_rules import release_rules


def require_approval(
    order: ReleaseOrder, version: ModelVersion, *, specs: SpecRegistry, approvals: ApprovalRegistry
) -> None:
    """Refuse what needs an approval and has none; raises `ReleaseRefused`.

    The workflow has waited for it; but whoever wakes or starts it by other means must deploy nothing, and a
    spec may ask for approvals since the order was made.
    """
    rules = release_rules(specs, version)
    if not order.needs_approval and rules.approval != "required":
        return
    approval = approvals.load(order.model, order.version)
    approved = approval is not None and approval.allows(
        release_id=order.release_id, artifact_sha256=version.sha256
    )
    if version.state is not VersionState.APPROVED or not approved:
        raise ReleaseRefused(
            f"version {order.version} needs an approval for this release and has none: ask for it with"
            f" `tideline release {order.model} {order.version}`"
        )
