"""Answer dropped files of labels.

Trigger: SQS, fed by S3's Object Created for keys that match `*/labels/*`. Delivery: at least once, in any
order. Idempotency key: (object key, version id), kept as a receipt in the registry.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ingest_labels import wiring
from tideline.events.aws import ObjectCreated
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.ingest_labels import IngestLabels


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, ingest_labels: IngestLabels | None = None
) -> dict[str, Any]:
    """Answer every dropped file of labels in the batch."""
    use_case = ingest_labels or wiring.ingest_labels()

    def handle(envelope: Envelope) -> None:
        receipt = use_case(ObjectCreated.model_validate(envelope.detail).dropped())
        if receipt is None:
            return
        logger.info("labels answered", extra={"outcome": receipt.outcome, "reason": receipt.reason})
        count(f"Labels{receipt.outcome.title()}")

    return each_event(event, handle)
