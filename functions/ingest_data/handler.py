"""Answer dropped files.

Trigger: SQS, fed by S3's Object Created for every key that is no spec. Delivery: at least once, in any
order. Idempotency key: (object key, version id), kept as a receipt in the registry.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ingest_data import wiring
from tideline.events.aws import ObjectCreated
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.ingest_data import IngestData


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, ingest_data: IngestData | None = None
) -> dict[str, Any]:
    """Answer every dropped file of the batch."""
    use_case = ingest_data or wiring.ingest_data()

    def handle(envelope: Envelope) -> None:
        receipt = use_case(ObjectCreated.model_validate(envelope.detail).dropped())
        if receipt is None:
            return
        logger.info("file answered", extra={"outcome": receipt.outcome, "reason": receipt.reason})
        count(f"File{receipt.outcome.title()}")

    return each_event(event, handle)
