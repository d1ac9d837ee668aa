"""What became of dropped objects: wait for their receipts in the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.patience import Patience
from cli.registry import Registry
from tideline.domain import keys
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.labels.canonical_labels import LabelsRead

# S3 tells of an object within seconds as a rule, within a minute at times; the rest is for reading it.
PATIENCE_S = 15 * 60.0
_POLL_S = 0.5


@dataclass(frozen=True)
class Answer:
    """What became of one dropped object.

    Attributes:
        batch: The batch that an accepted file of training data made.
        quarantine: Lake key of what was put aside: rows of an accepted file, or the reason for none.
    """

    dropped: DroppedObject
    receipt: ObjectReceipt
    batch: Batch | None = None
    quarantine: str | None = None

    @property
    def read(self) -> Batch | LabelsRead | None:
        """What was read of the file, where it could be."""
        return self.batch or self.receipt.labels


def wait_for_answers(
    registry: Registry, model: str, dropped: Sequence[DroppedObject], *, patience: Patience
) -> Iterator[Answer]:
    """Yield an answer for each object as it comes; objects without one in time get none."""
    open_ones = list(dropped)
    deadline = patience.clock() + patience.timeout_s
    while open_ones:
        for item in list(open_ones):
            receipt = registry.receipts.receipt(model, item)
            if receipt is not None:
                open_ones.remove(item)
                yield answer_for(registry, model, item, receipt)
        if not open_ones or patience.clock() >= deadline:
            return
        patience.sleep(_POLL_S)


def answer_for(registry: Registry, model: str, dropped: DroppedObject, receipt: ObjectReceipt) -> Answer:
    """Return a receipt with what belongs to it."""
    batch = None
    if receipt.outcome is ObjectOutcome.ACCEPTED and receipt.batch is not None:
        batch = next((b for b in registry.datasets.batches(model) if b.number == receipt.batch), None)
    return Answer(dropped, receipt, batch, _quarantine(model, receipt, batch))


def _quarantine(model: str, receipt: ObjectReceipt, batch: Batch | None) -> str | None:
    place = keys.object_id(receipt.key, receipt.version_id)
    if receipt.outcome is ObjectOutcome.QUARANTINED:
        return keys.quarantine_key(model, place, "reason.json")
    taken = batch or (receipt.labels if receipt.outcome is ObjectOutcome.ACCEPTED else None)
    if taken is not None and taken.bad_rows:
        return keys.quarantine_key(model, place, "rows.csv")
    return None
