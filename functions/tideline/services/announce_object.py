"""Tell the world what became of a dropped file; once, unless a crash makes it twice."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.intake.dropped_object import ObjectOutcome, ObjectReceipt
from tideline.domain.labels.canonical_labels import LabelsRead
from tideline.events.base import Fact
from tideline.events.facts import DatasetAccepted, DatasetQuarantined, LabelsAccepted
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
        if receipt.outcome is not ObjectOutcome.ACCEPTED:
            return None
        if receipt.labels is not None:
            return _labels_accepted(model, receipt, receipt.labels)
        return self._accepted(model, receipt)

    def _accepted(self, model: str, receipt: ObjectReceipt) -> DatasetAccepted:
        batch = next(b for b in self.datasets.batches(model) if b.number == receipt.batch)
        return DatasetAccepted(
            model=model,
            occurred_at=receipt.at,
            dataset_version=batch.number,
            object_key=receipt.key,
            rows=batch.rows,
            bad_rows=batch.bad_rows,
            supersedes=batch.supersedes,
            quarantine_key=_rows_key(model, receipt) if batch.bad_rows else None,
        )


def _labels_accepted(model: str, receipt: ObjectReceipt, labels: LabelsRead) -> LabelsAccepted:
    return LabelsAccepted(
        model=model,
        occurred_at=receipt.at,
        object_key=receipt.key,
        rows=labels.rows,
        bad_rows=labels.bad_rows,
        first=labels.first,
        last=labels.last,
        quarantine_key=_rows_key(model, receipt) if labels.bad_rows else None,
    )


def _rows_key(model: str, receipt: ObjectReceipt) -> str:
    return keys.quarantine_key(model, keys.object_id(receipt.key, receipt.version_id), "rows.csv")
