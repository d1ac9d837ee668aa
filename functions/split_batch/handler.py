"""Split a dropped batch.

Trigger: the first state of the batch workflow. Delivery: at least once (the state is retried).
Idempotency key: the job's id.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from split_batch import wiring
from tideline.domain.batch.order import BatchOrder
from tideline.runtime.logging import logger
from tideline.services.split_batch import SplitBatch


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, split_batch: SplitBatch | None = None
) -> dict[str, Any]:
    """Return what became of the file."""
    order = BatchOrder.model_validate(event)
    logger.append_keys(job_id=order.job_id)
    split = (split_batch or wiring.split_batch())(order)
    logger.info("file split", extra={"rows": split.rows, "refused": split.refused, "status": split.status})
    return split.model_dump(mode="json")
