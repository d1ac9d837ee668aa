"""Keep the prediction log as a table in the lake.

Trigger: the subscription filter on the log of `predict`. Delivery: at least once, in any order; what fails is
tried twice more by Lambda and then left as a dead letter, whole. Idempotency key: the rows' (prediction id,
version), which name the file that a delivery writes; readers take each once.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from capture_predictions import wiring
from tideline.errors import LogTooNew
from tideline.events.aws import LogDelivery
from tideline.runtime.logging import count, logger, metrics
from tideline.services.capture_predictions import CapturePredictions
from tideline.services.read_log_lines import LogLine


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, capture_predictions: CapturePredictions | None = None
) -> None:
    """Keep the lines of a delivery; raises `LogTooNew` after that where some are not to be understood."""
    use_case = capture_predictions or wiring.capture_predictions()
    delivery = LogDelivery.model_validate(event).unpacked()
    receipt = use_case(LogLine(id=line_id, text=text) for line_id, text in delivery.lines)
    logger.info("lines kept", extra={"calls": receipt.calls, "files": len(receipt.keys)})
    if receipt.calls:
        count("CallCaptured", receipt.calls)
    if receipt.malformed:
        logger.error("malformed lines put into quarantine", extra={"lines": receipt.malformed})
        count("LineQuarantined", len(receipt.malformed))
    if receipt.too_new:
        logger.error("lines of a newer edition", extra={"lines": receipt.too_new})
        raise LogTooNew(len(receipt.too_new))
