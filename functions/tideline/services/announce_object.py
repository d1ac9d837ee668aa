"""Tell the world what became of a dropped file; once, unless a crash makes it twice."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.intake.dropped_object import ObjectOutcome, ObjectReceipt
from tideline.events.base import Fact
from tideline.events.facts import DatasetAccepted, DatasetQuarantined
from tideline.ports import DatasetRegistry, EventPublisher, ReceiptRegistry


@dataclass(frozen=True)
class AnnounceObject:
    """Publish the event that a receipt calls for, then note that it is out."""

    datasets: DatasetRegistry
    receipts: ReceiptRegistry
    publisher: EventPublisher

    def __call__(self, model: str, receipt: ObjectReceipt) -> None:
        """Publish, unless that has been done or nothing is to be told."""
        if receipt.announced:
            return
        event = self._event(model, receipt)
        if event is not None:
            self.publisher.publish(event)
            self.receipts.mark_announced(model, receipt)

    def _event(self, model: str, receipt: ObjectReceipt) -> Fact | None:
        if receipt.outcome is ObjectOutcome.QUARANTINED:
            return DatasetQuarantined(
                model=model,
                occurred_at=receipt.at,
                object_key=receipt.key,
                object_version=receipt.version_id,
                reason=receipt.reason,
                message=receipt.message,
            )
        if receipt.outcome is ObjectOutcome.ACCEPTED:
            return self._accepted(model, receipt)
        return None

    def _accepted(self, model: str, receipt: ObjectReceipt) -> DatasetAccepted:
        batch = next(b for b in self.datasets.batches(model) if b.number == receipt.batch)
        name = keys.object_id(receipt.key, receipt.version_id)
        return DatasetAccepted(
            model=model,
            occurred_at=receipt.at,
            dataset_version=batch.number,
            object_key=receipt.key,
            rows=batch.rows,
            bad_rows=batch.bad_rows,
            supersedes=batch.supersedes,
            quarantine_key=keys.quarantine_key(model, name, "rows.csv") if batch.bad_rows else None,
        )
