"""Evaluate a candidate and say whether it may go live.

Trigger: a state of the training workflow. Delivery: at least once (the state is retried).
Idempotency key: the run's id.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from evaluate_model import wiring
from tideline.domain.training.run import EvaluationTask
from tideline.runtime.logging import logger
from tideline.services.evaluate_model import EvaluateModel


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, evaluate_model: EvaluateModel | None = None
) -> dict[str, Any]:
    """Return the verdict in short."""
    task = EvaluationTask.model_validate(event)
    logger.append_keys(run_id=task.order.run_id)
    result = (evaluate_model or wiring.evaluate_model())(task)
    logger.info("candidate evaluated", extra={"verdict": result.verdict, "metric": result.metric})
    return result.model_dump(mode="json")
