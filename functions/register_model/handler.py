"""Register what a run made.

Trigger: a state of the training workflow. Delivery: at least once (the state is retried).
Idempotency key: the run's id, and the artifact's SHA-256.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from register_model import wiring
from tideline.domain.training.run import RegistrationTask
from tideline.runtime.logging import logger
from tideline.services.register_model import RegisterModel


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, register_model: RegisterModel | None = None
) -> dict[str, Any]:
    """Return number and state of the version."""
    task = RegistrationTask.model_validate(event)
    logger.append_keys(run_id=task.order.run_id)
    result = (register_model or wiring.register_model())(task)
    return {"version": result.number, "state": result.state.value}
