"""Fit the best trial again and make the artifact.

Trigger: a state of the training workflow. Delivery: at least once (the state is retried).
Idempotency key: the run's id.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from fit_model import wiring
from tideline.domain.training.run import FitTask
from tideline.runtime.logging import logger
from tideline.services.fit_model import FitModel


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, fit_model: FitModel | None = None
) -> dict[str, Any]:
    """Return the fitted model."""
    task = FitTask.model_validate(event)
    logger.append_keys(run_id=task.order.run_id)
    result = (fit_model or wiring.fit_model())(task)
    return result.model_dump(mode="json")
