"""Ask for an approval.

Trigger: a state of the release workflow, which then waits for its task token. Delivery: at least once (the
state is retried, each time with another token). Idempotency key: the release's id.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from request_approval import wiring
from tideline.domain.release.approval import ApprovalTask
from tideline.runtime.logging import count, logger, metrics
from tideline.services.request_approval import RequestApproval


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, request_approval: RequestApproval | None = None
) -> dict[str, Any]:
    """Return until when there may be an answer."""
    task = ApprovalTask.model_validate(event)
    logger.append_keys(release_id=task.order.release_id)
    approval = (request_approval or wiring.request_approval())(task)
    count("ApprovalRequested")
    return {"expires_at": approval.request.expires_at.isoformat()}
