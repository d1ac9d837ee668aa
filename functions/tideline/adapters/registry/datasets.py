"""Batches (``BATCH#``), what was dropped (``OBJECT#``, ``KEY#``), what is known (``CONTENT#``)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tideline.adapters.registry.table import (
    NEW,
    Change,
    Check,
    Put,
    RegistryTable,
    documents,
    numbered,
    partition,
)
from tideline.domain.dataset import Batch
from tideline.domain.keys import object_id
from tideline.domain.objects import DroppedObject, ObjectReceipt

_HEAD = "DATASET#HEAD"
# S3 sequencers are hexadecimal texts of differing length, ordered once padded with zeros.
_SEQUENCER_WIDTH = 64


class DynamoDbDatasetRegistry:
    """`tideline.ports.DatasetRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def receipt(self, model: str, dropped: DroppedObject) -> ObjectReceipt | None:
        item = self._table.get(partition(model), _object(dropped.key, dropped.version_id))
        return None if item is None else ObjectReceipt.model_validate_json(str(item["document"]))

    def receipts(self, model: str) -> list[ObjectReceipt]:
        """Return every receipt of a model, oldest first."""
        texts = documents(self._table.query(partition(model), "OBJECT#"))
        return sorted((ObjectReceipt.model_validate_json(text) for text in texts), key=lambda r: r.at)

    def newest_sequencer(self, model: str, key: str) -> str:
        item = self._table.get(partition(model), _key(key)) or {}
        return str(item.get("sequencer", ""))

    def claim(self, model: str, dropped: DroppedObject) -> bool:
        return self._table.holds(
            Change(
                (partition(model), _key(dropped.key)),
                set={"sequencer": _padded(dropped.sequencer), "version_id": dropped.version_id},
                condition="attribute_not_exists(sequencer) OR sequencer <= :ours",
                values={":ours": _padded(dropped.sequencer)},
            )
        )

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
        pk = partition(batch.model)
        content = _content(batch.source_sha256, batch.schema_sha256)
        self._table.write(
            Change(
                (pk, _HEAD),
                set={"latest": batch.number},
                condition="latest = :before" if batch.number > 1 else "attribute_not_exists(latest)",
                values={":before": batch.number - 1} if batch.number > 1 else {},
            ),
            Put(
                {
                    "pk": pk,
                    "sk": numbered("BATCH", batch.number),
                    "document": batch.model_dump_json(),
                },
                condition=NEW,
            ),
            Put({"pk": pk, "sk": content, "number": batch.number}),
            Check(
                (pk, _key(dropped.key)),
                condition="sequencer = :ours",
                values={":ours": _padded(dropped.sequencer)},
            ),
            Put(_receipt_item(pk, receipt), condition=NEW),
        )

    def conclude(self, model: str, receipt: ObjectReceipt) -> None:
        self._table.holds(Put(_receipt_item(partition(model), receipt), condition=NEW))

    def mark_announced(self, model: str, receipt: ObjectReceipt) -> None:
        announced = receipt.model_copy(update={"announced": True})
        self._table.write(Put(_receipt_item(partition(model), announced)))


def _receipt_item(pk: str, receipt: ObjectReceipt) -> dict[str, str | int]:
    sk = _object(receipt.key, receipt.version_id)
    return {"pk": pk, "sk": sk, "document": receipt.model_dump_json()}


# Keys may be 1,024 bytes long, which is also all that a sort key holds: names go in as hashes.
def _object(key: str, version_id: str) -> str:
    return f"OBJECT#{object_id(key, version_id)}"


def _key(key: str) -> str:
    return f"KEY#{hashlib.sha256(key.encode()).hexdigest()}"


def _content(source_sha256: str, schema_sha256: str) -> str:
    return f"CONTENT#{source_sha256}#{schema_sha256}"


def _padded(sequencer: str) -> str:
    return sequencer.ljust(_SEQUENCER_WIDTH, "0")
