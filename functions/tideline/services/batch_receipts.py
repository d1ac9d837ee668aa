"""The answer to a dropped batch: given once, kept in the registry, and told."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.batch.order import BatchOrder
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.keys import parse_inbox_key
from tideline.errors import FileRejected
from tideline.events.facts import DatasetQuarantined
from tideline.ports import Clock, EventPublisher, ObjectStore, ReceiptRegistry


@dataclass(frozen=True)
class BatchReceipts:
    """Every dropped batch has one receipt, written when its job is over or was never begun.

    ACCEPTED: every row has a result or a reason, and the manifest lists them. QUARANTINED: no row is to be
    used. Without a receipt a job is under way. The receipt that was stored first holds for good.
    """

    lake: ObjectStore
    receipts: ReceiptRegistry
    publisher: EventPublisher
    clock: Clock

    def given(self, dropped: DroppedObject) -> ObjectReceipt | None:
        """Return the answer that was given already, told again where that may not have happened."""
        receipt = self.receipts.receipt(_model(dropped), dropped)
        if receipt is not None and receipt.outcome is ObjectOutcome.QUARANTINED:
            self._tell(receipt)
        return receipt

    def quarantine(self, dropped: DroppedObject, rejected: FileRejected) -> ObjectReceipt:
        """Answer that the file cannot be used, say why and tell it; nothing where it has an answer."""
        receipt = ObjectReceipt(
            key=dropped.key,
            version_id=dropped.version_id,
            outcome=ObjectOutcome.QUARANTINED,
            reason=str(rejected.reason),
            message=rejected.message,
            at=self.clock(),
        )
        model, name = _model(dropped), keys.object_id(dropped.key, dropped.version_id)
        held = self.receipts.conclude(model, receipt)
        if held.outcome is ObjectOutcome.QUARANTINED:
            reason = held.model_dump_json(indent=2).encode()
            self.lake.write(keys.quarantine_key(model, name, "reason.json"), reason)
            self._tell(held)
        return held

    def accept(self, order: BatchOrder, *, message: str) -> ObjectReceipt:
        """Answer that every row has been dealt with; return the answer that holds."""
        return self.receipts.conclude(
            order.model,
            ObjectReceipt(
                key=order.object_key,
                version_id=order.object_version,
                outcome=ObjectOutcome.ACCEPTED,
                message=message,
                at=self.clock(),
            ),
        )

    def note_told(self, order: BatchOrder, receipt: ObjectReceipt) -> None:
        """Note that the world knows."""
        self.receipts.mark_announced(order.model, receipt)

    def _tell(self, receipt: ObjectReceipt) -> None:
        if receipt.announced:
            return
        model = parse_inbox_key(receipt.key).model
        self.publisher.publish(
            DatasetQuarantined(
                model=model,
                occurred_at=receipt.at,
                object_key=receipt.key,
                object_version=receipt.version_id,
                reason=receipt.reason,
                message=receipt.message,
            )
        )
        self.receipts.mark_announced(model, receipt)


def _model(dropped: DroppedObject) -> str:
    return parse_inbox_key(dropped.key).model
