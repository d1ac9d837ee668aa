"""Conclude releases: clear up after those that failed, and start what waited for the end of one.

Trigger: SQS, fed by Step Functions' status changes of the release workflow that are an end. Delivery: at
least once. Idempotency key: the release's id, which is the execution's name.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from conclude_release import wiring
from tideline.events.aws import ExecutionEnded
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.conclude_release import ConcludeRelease


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, conclude_release: ConcludeRelease | None = None
) -> dict[str, Any]:
    """Conclude every release of the batch."""
    use_case = conclude_release or wiring.conclude_release()

    def handle(envelope: Envelope) -> None:
        ended = ExecutionEnded.model_validate(envelope.detail)
        use_case(ended)
        logger.info("release concluded", extra={"release_id": ended.name, "status": ended.status})
        if ended.status != "SUCCEEDED":
            count("ReleaseFailed")

    return each_event(event, handle)
