"""Start the scoring of dropped batches.

Trigger: SQS, fed by S3's Object Created for keys that match `*/batch/*`. Delivery: at least once, in any
order. Idempotency key: (object key, version id), which names the job and its execution.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from start_batch import wiring
from tideline.events.aws import ObjectCreated
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.start_batch import StartBatch


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, start_batch: StartBatch | None = None
) -> dict[str, Any]:
    """Start a job for every dropped batch."""
    use_case = start_batch or wiring.start_batch()

    def handle(envelope: Envelope) -> None:
        order = use_case(ObjectCreated.model_validate(envelope.detail).dropped())
        if order is None:
            return
        logger.info("batch started", extra={"job_id": order.job_id, "version": order.version})
        count("BatchStarted")

    return each_event(event, handle)
