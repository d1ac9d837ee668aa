"""Carry out one step of a release.

Trigger: a state of the release workflow. Delivery: at least once (the state is retried).
Idempotency key: (release, step), which is remembered with the deployment that the step made.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from shift_traffic import wiring
from tideline.domain.release.release_order import ShiftTask
from tideline.runtime.logging import logger
from tideline.services.shift_traffic import ShiftTraffic


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, shift_traffic: ShiftTraffic | None = None
) -> dict[str, Any]:
    """Return what came of the step."""
    task = ShiftTask.model_validate(event)
    logger.append_keys(release_id=task.order.release_id, step=task.step)
    shifted = (shift_traffic or wiring.shift_traffic())(task)
    logger.info("step carried out", extra={"outcome": shifted.outcome, "generation": shifted.generation})
    return shifted.model_dump(mode="json")
