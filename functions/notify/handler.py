"""Tell people of drift, failures, rollbacks, approvals and alarms.

Trigger: SQS, fed by facts on the bus and by CloudWatch's alarms. Delivery: at least once, in any order.
Idempotency key: what the alert is about, such as (drift, model, version, severity, day).
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from notify import wiring
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.notify import Notify


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext, *, notify: Notify | None = None) -> dict[str, Any]:
    """Tell of every event of the batch."""
    use_case = notify or wiring.notify()

    def handle(envelope: Envelope) -> None:
        if use_case(envelope) is None:
            logger.info("nothing new to tell")
            return
        logger.info("told")
        count("AlertSent")

    return each_event(event, handle)
