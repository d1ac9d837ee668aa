"""Merge the prediction log's small files.

Trigger: SQS, asked by `capture_predictions` when an hour of a model begins, and by itself where it left some.
Delivery: at least once, in any order, several at a time. Idempotency key: the files' names, which say what
rows they hold: the same rows merge to the same name, and merging what is merged does nothing.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from compact_predictions import wiring
from tideline.domain.compaction import CompactionRequest
from tideline.runtime.batches import each_message
from tideline.runtime.logging import count, logger, metrics
from tideline.services.compact_predictions import CompactPredictions


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, compact_predictions: CompactPredictions | None = None
) -> dict[str, Any]:
    """Look after the models that the batch names."""
    use_case = compact_predictions or wiring.compact_predictions()

    def handle(request: CompactionRequest) -> None:
        logger.append_keys(model=request.model)
        receipt = use_case(request)
        logger.info("hours merged", extra={"fewer_files": receipt.merged, "is_done": receipt.is_done})
        if receipt.merges:
            count("PredictionFileMerged", receipt.merges)

    return each_message(event, CompactionRequest, handle)
