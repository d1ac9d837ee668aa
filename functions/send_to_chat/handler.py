"""Put alerts into a chat, by its webhook.

Trigger: SQS, subscribed to the topic of alerts. Delivery: at least once, in any order. Idempotency key:
none; the same message twice in a chat harms nobody. What the chat refuses is kept among the dead letters at
once; what it does not answer is tried again.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from send_to_chat import wiring
from tideline.events.aws import SnsNotification
from tideline.runtime.batches import each_message
from tideline.runtime.logging import count, logger, metrics
from tideline.services.send_to_chat import SendToChat


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, send_to_chat: SendToChat | None = None
) -> dict[str, Any]:
    """Post every message of the batch."""
    use_case = send_to_chat or wiring.send_to_chat()

    def handle(notification: SnsNotification) -> None:
        logger.append_keys(message_id=notification.message_id)
        refusal = use_case(notification)
        if refusal is not None:
            logger.error("chat refused a message", extra={"reason": str(refusal)})
            count("ChatRefused")
            return
        count("ChatPosted")

    return each_message(event, SnsNotification, handle)
