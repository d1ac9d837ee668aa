"""Answer batches whose job failed.

Trigger: SQS, fed by Step Functions' status changes of the batch workflow that are no success. Delivery: at
least once. Idempotency key: the job's id, which is the execution's name.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from abandon_batch import wiring
from tideline.events.aws import ExecutionEnded
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.abandon_batch import AbandonBatch


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, abandon_batch: AbandonBatch | None = None
) -> dict[str, Any]:
    """Answer the file of every job of the batch of messages."""
    use_case = abandon_batch or wiring.abandon_batch()

    def handle(envelope: Envelope) -> None:
        ended = ExecutionEnded.model_validate(envelope.detail)
        use_case(ended)
        logger.info("batch abandoned", extra={"job_id": ended.name, "status": ended.status})
        count("BatchFailed")

    return each_event(event, handle)
