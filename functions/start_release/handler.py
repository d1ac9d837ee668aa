"""Start releases.

Trigger: SQS, fed by `ModelRegistered` and `ReleaseRequested`. Delivery: at least once, in any order.
Idempotency key: the event's id, which is part of the execution's name.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from start_release import wiring
from tideline.events.base import Envelope
from tideline.events.facts import RunFailed
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.read_wish import read_wish
from tideline.services.start_release import StartRelease


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, start_release: StartRelease | None = None
) -> dict[str, Any]:
    """Answer every wish of the batch."""
    use_case = start_release or wiring.start_release()

    def handle(envelope: Envelope) -> None:
        wish = read_wish(envelope)
        if isinstance(wish, RunFailed):
            use_case.publisher.publish(wish)
            return
        release_id = use_case(wish)
        logger.info("wish answered", extra={"release_id": release_id})
        if release_id:
            count("ReleaseStarted")

    return each_event(event, handle)
