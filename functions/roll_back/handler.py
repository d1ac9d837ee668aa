"""Go back, because somebody asks or an alarm goes off.

Trigger: SQS, fed by `RollbackRequested` and by CloudWatch's alarms on the API. Delivery: at least once, in
any order. Idempotency key: (model, the event's id), which is remembered with the deployment that it made.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from roll_back import wiring
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.answer_rollbacks import AnswerRollbacks


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, roll_back: AnswerRollbacks | None = None
) -> dict[str, Any]:
    """Answer every wish of the batch."""
    use_case = roll_back or wiring.roll_back()

    def handle(envelope: Envelope) -> None:
        for move in use_case(envelope):
            logger.info("rolled back", extra={"model_name": move.model, "generation": move.generation})
            count("RolledBack")

    return each_event(event, handle)
