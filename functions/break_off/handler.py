"""Break off a release that the judge found to be worse.

Trigger: a state of the release workflow. Delivery: at least once (the state is retried).
Idempotency key: the release's id, which is remembered with the deployment that its end made.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from break_off import wiring
from tideline.domain.release.release_order import ShiftTask
from tideline.runtime.logging import count, logger, metrics
from tideline.services.break_off import BreakOff, judged


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, break_off: BreakOff | None = None
) -> dict[str, Any]:
    """Return that the version is rolled back, or that the release was over already."""
    task = ShiftTask.model_validate(event)
    order = task.order
    logger.append_keys(release_id=order.release_id, step=task.step)
    move = (break_off or wiring.break_off())(
        order.model, order.release_id, judged(order.release_id, task.reasons)
    )
    if move is None:
        return {"outcome": "over", "live": False}
    count("ReleaseRolledBack")
    return {"outcome": "rolled_back", "live": False, "champion": move.champion, "generation": move.generation}
