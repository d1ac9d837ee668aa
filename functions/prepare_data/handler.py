"""Prepare a run's data.

Trigger: the first state of the training workflow. Delivery: at least once (the state is retried).
Idempotency key: the run id.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from prepare_data import wiring
from tideline.domain.training.run import RunOrder
from tideline.runtime.logging import logger
from tideline.services.prepare_data import PrepareData


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, prepare_data: PrepareData | None = None
) -> dict[str, Any]:
    """Return the trials to run and the numbers of rows."""
    order = RunOrder.model_validate(event)
    logger.append_keys(run_id=order.run_id)
    prepared = (prepare_data or wiring.prepare_data())(order)
    logger.info(
        "data prepared", extra={"rows_train": prepared.rows_train, "rows_holdout": prepared.rows_holdout}
    )
    return prepared.model_dump(mode="json")
