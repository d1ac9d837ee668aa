"""Conclude runs that have ended.

Trigger: SQS, fed by Step Functions' status changes of the training workflow. Delivery: at least once.
Idempotency key: the run's id, which is the execution's name.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from conclude_run import wiring
from tideline.events.aws import ExecutionEnded
from tideline.events.base import Envelope
from tideline.runtime.batches import each_event
from tideline.runtime.logging import count, logger, metrics
from tideline.services.conclude_run import ConcludeRun


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, conclude_run: ConcludeRun | None = None
) -> dict[str, Any]:
    """Conclude every run of the batch."""
    use_case = conclude_run or wiring.conclude_run()

    def handle(envelope: Envelope) -> None:
        run = use_case(ExecutionEnded.model_validate(envelope.detail))
        if run is not None:
            logger.info("run concluded", extra={"run_id": run.order.run_id, "status": run.status})
            count(f"Run{run.status.title()}")

    return each_event(event, handle)
