"""Deploy a version.

Trigger: a state of the release workflow. Delivery: at least once (the state is retried).
Idempotency key: (model, generation that the plan was made on).
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from deploy_model import wiring
from tideline.domain.release.release_order import ReleaseOrder
from tideline.runtime.logging import logger
from tideline.services.deploy_model import DeployModel


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, deploy_model: DeployModel | None = None
) -> dict[str, Any]:
    """Return the deployment's generation."""
    task = ReleaseOrder.model_validate(event)
    logger.append_keys(release_id=task.release_id)
    result = (deploy_model or wiring.deploy_model())(task)
    return {"generation": result.generation}
