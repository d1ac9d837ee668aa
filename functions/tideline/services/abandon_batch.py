"""Conclude a batch job whose workflow ended without a result: answer the file, and tell the world."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from tideline.domain.batch.order import BatchOrder
from tideline.domain.intake.canonical_file import RejectReason
from tideline.domain.training.run import RunFailure
from tideline.errors import FileRejected
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import RunFailed
from tideline.ports import Clock, EventPublisher, WorkflowEngine
from tideline.services.batch_receipts import BatchReceipts


@dataclass(frozen=True)
class AbandonBatch:
    """Idempotency key: the job's id; a file that has its answer is left alone."""

    receipts: BatchReceipts
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, ended: ExecutionEnded) -> None:
        """Answer one file whose job failed; executions that somebody else started are left alone."""
        order = _order(ended)
        if order is None or self.receipts.given(order.dropped()) is not None:
            return
        failure = self.engine.failure(ended.execution_arn, error=ended.error, cause=ended.cause)
        # Told before the receipt, which is what keeps a second delivery from telling it again.
        self.publisher.publish(
            RunFailed(
                model=order.model,
                occurred_at=self.clock(),
                run_id=order.job_id,
                stage=failure.stage,
                error=failure.error,
                cause=failure.cause,
            )
        )
        self.receipts.quarantine(order.dropped(), FileRejected(RejectReason.JOB_FAILED, _told(failure)))


def _order(ended: ExecutionEnded) -> BatchOrder | None:
    try:
        return BatchOrder.model_validate_json(ended.input or "")
    except ValidationError:
        return None


def _told(failure: RunFailure) -> str:
    return (
        f"scoring it failed in {failure.stage}: {failure.error}: {failure.cause[:500]}; drop the file again"
        " to score it anew"
    )
