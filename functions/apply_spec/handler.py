"""Apply dropped specs.

Trigger: SQS, fed by S3's Object Created for keys that end in ``/model.yaml``. Delivery: at least once, in
any order. Idempotency key: (object key, version id); the version that lies in the bucket is what counts.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from apply_spec import wiring
from tideline.events.aws import ObjectCreated
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.apply_spec import ApplySpec


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, apply_spec: ApplySpec | None = None
) -> dict[str, Any]:
    """Answer every dropped spec of the batch."""
    use_case = apply_spec or wiring.apply_spec()

    def handle(envelope: Envelope) -> None:
        receipt = use_case(ObjectCreated.model_validate(envelope.detail).dropped())
        logger.info("spec answered", extra={"outcome": receipt.outcome, "reason": receipt.reason})
        count(f"Spec{receipt.outcome.title()}")

    return each_event(event, handle)
