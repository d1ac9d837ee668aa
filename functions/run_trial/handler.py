"""Run one trial.

Trigger: a state of the training workflow. Delivery: at least once (the state is retried).
Idempotency key: (run id, trial index).
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from run_trial import wiring
from tideline.domain.training.run import TrialTask
from tideline.runtime.logging import logger
from tideline.services.run_trial import RunTrial


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, run_trial: RunTrial | None = None
) -> dict[str, Any]:
    """Return the trial's result."""
    task = TrialTask.model_validate(event)
    logger.append_keys(run_id=task.order.run_id)
    result = (run_trial or wiring.run_trial())(task)
    return result.model_dump(mode="json")
