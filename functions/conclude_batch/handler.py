"""Account for every row of a batch.

Trigger: the last state of the batch workflow. Delivery: at least once (the state is retried).
Idempotency key: the job's id; the file's receipt says whether it is told already.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from conclude_batch import wiring
from tideline.domain.batch.order import ConclusionTask
from tideline.runtime.logging import logger
from tideline.services.conclude_batch import ConcludeBatch


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, conclude_batch: ConcludeBatch | None = None
) -> dict[str, Any]:
    """Return the file's answer."""
    task = ConclusionTask.model_validate(event)
    logger.append_keys(job_id=task.order.job_id)
    return (conclude_batch or wiring.conclude_batch())(task).model_dump(mode="json")
