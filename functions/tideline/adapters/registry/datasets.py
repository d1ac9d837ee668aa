"""Batches (``BATCH#000001`` and on) and the contents that are known already (``CONTENT#``)."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.receipts import receipt_item, still_claimed
from tideline.adapters.registry.table import NEW, Change, Put, RegistryTable, documents, numbered, partition
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.ledger.decisions import batch_accepted

_HEAD = "DATASET#HEAD"


class DynamoDbDatasetRegistry:
    """`tideline.ports.DatasetRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table
        self._ledger = DynamoDbLedger(table)

    def batch_with_content(self, model: str, source_sha256: str, schema_sha256: str) -> int | None:
        item = self._table.get(partition(model), _content(source_sha256, schema_sha256))
        return None if item is None else int(item["number"])

    def latest_version(self, model: str) -> int:
        item = self._table.get(partition(model), _HEAD) or {}
        return int(item.get("latest", 0))

    def batches(self, model: str) -> Sequence[Batch]:
        texts = documents(self._table.query(partition(model), "BATCH#"))
        return [Batch.model_validate_json(text) for text in texts]

    def accept(self, batch: Batch, dropped: DroppedObject, receipt: ObjectReceipt) -> None:
        pk, first = partition(batch.model), batch.number == 1
        content = _content(batch.source_sha256, batch.schema_sha256)
        self._ledger.write(
            batch.model,
            Change(
                (pk, _HEAD),
                set={"latest": batch.number},
                condition=NEW if first else "latest = :before",
                values={} if first else {":before": batch.number - 1},
            ),
            Put(
                {"pk": pk, "sk": numbered("BATCH", batch.number), "document": batch.model_dump_json()},
                condition=NEW,
            ),
            Put({"pk": pk, "sk": content, "number": batch.number}),
            still_claimed(pk, dropped),
            Put(receipt_item(pk, receipt), condition=NEW),
            decision=batch_accepted(batch),
        )


def _content(source_sha256: str, schema_sha256: str) -> str:
    return f"CONTENT#{source_sha256}#{schema_sha256}"
