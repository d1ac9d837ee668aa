"""Answer the rows of a shard.

Trigger: a state of each item of the batch workflow's Map. Delivery: at least once (the state is retried).
Idempotency key: (job id, shard).
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from score_shard import wiring
from tideline.domain.batch.order import ShardTask
from tideline.runtime.logging import logger
from tideline.services.score_shard import ScoreShard


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, score_shard: ScoreShard | None = None
) -> dict[str, Any]:
    """Return how many rows were answered and refused."""
    task = ShardTask.model_validate(event)
    logger.append_keys(job_id=task.order.job_id, shard=task.shard.number)
    scored, refused = (score_shard or wiring.score_shard())(task)
    logger.info("shard scored", extra={"scored": scored, "refused": refused})
    return {"scored": scored, "refused": refused}
