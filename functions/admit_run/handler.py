"""Admit training runs.

Trigger: SQS, fed by what may start a run (`DatasetAccepted`, `DriftDetected` that does harm,
`PerformanceDropped`, `RetrainRequested`) and by what may let one start that was denied (`ReviewRequested`,
`SpecApplied`). Delivery: at least once, in any order.
Idempotency key: the event's id; the lock on the model is a conditional write.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from admit_run import wiring
from tideline.events.base import Envelope
from tideline.events.facts import RetrainDenied
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.admit_run import AdmitRun
from tideline.services.read_request import Review, read_request


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, admit_run: AdmitRun | None = None
) -> dict[str, Any]:
    """Answer every request of the batch."""
    use_case = admit_run or wiring.admit_run()

    def handle(envelope: Envelope) -> None:
        request = read_request(envelope)
        if request is None:
            logger.info("harmless drift ignored")
        elif isinstance(request, RetrainDenied):
            use_case.publisher.publish(request)
        else:
            outcome = use_case.review(request.model) if isinstance(request, Review) else use_case(request)
            logger.info("request answered", extra={"run_id": outcome.run_id, "denial": outcome.denial})
            if outcome.run_id or outcome.denial:
                count("RunAdmitted" if outcome.run_id else "RunDenied")

    return each_event(event, handle)
