"""`POST /models/{model}/versions/{version}/approval`: the answer of somebody whom IAM knows.

The same answer of the same caller again changes nothing; no other method answers anything.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from decide_approval import wiring
from tideline.api import requests
from tideline.api.answering import answer
from tideline.api.bodies import ApprovalBody
from tideline.domain.release.approval import PublicApproval
from tideline.runtime.logging import count, logger, metrics
from tideline.services.decide_approval import Answer, DecideApproval


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, decide_approval: DecideApproval | None = None
) -> dict[str, Any]:
    """Return the approval, or why there is none."""

    def decide() -> PublicApproval:
        requests.require_method(event, "POST")
        approver, model, version = (
            requests.caller(event),
            requests.model_of(event),
            requests.version_of(event),
        )
        logger.append_keys(model=model, version=version)
        said = requests.read(event, ApprovalBody)
        given = Answer(model, version, approver=approver, **said.model_dump())
        approval = (decide_approval or wiring.decide_approval())(given)
        logger.info("approval decided", extra={"decision": said.decision})
        count("ApprovalDecided")
        return approval.public()

    return answer(context, decide)
