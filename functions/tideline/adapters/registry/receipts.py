"""The answers to what was dropped (``OBJECT#``), and the newest version seen of every key (``KEY#``)."""

from __future__ import annotations

import hashlib

from tideline.adapters.registry.table import (
    NEW,
    Change,
    Check,
    Item,
    Put,
    RegistryTable,
    documents,
    partition,
)
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.keys import object_id

# S3 sequencers are hexadecimal texts of differing length, ordered once padded on the right with zeros.
_SEQUENCER_WIDTH = 64


class DynamoDbReceiptRegistry:
    """`tideline.ports.ReceiptRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def receipt(self, model: str, dropped: DroppedObject) -> ObjectReceipt | None:
        return self._load(partition(model), _object(dropped.key, dropped.version_id))

    def all(self, model: str) -> list[ObjectReceipt]:
        """Return every receipt of a model, oldest first."""
        texts = documents(self._table.query(partition(model), "OBJECT#"))
        return sorted((ObjectReceipt.model_validate_json(text) for text in texts), key=lambda r: r.at)

    def claim(self, model: str, dropped: DroppedObject) -> bool:
        ours = _padded(dropped.sequencer)
        return self._table.holds(
            Change(
                (partition(model), _key(dropped.key)),
                set={"sequencer": ours, "version_id": dropped.version_id},
                condition="attribute_not_exists(sequencer) OR sequencer <= :ours",
                values={":ours": ours},
            )
        )

    def conclude(self, model: str, receipt: ObjectReceipt) -> ObjectReceipt:
        pk = partition(model)
        if self._table.holds(Put(receipt_item(pk, receipt), condition=NEW)):
            return receipt
        return self._load(pk, _object(receipt.key, receipt.version_id)) or receipt

    def mark_announced(self, model: str, receipt: ObjectReceipt) -> None:
        announced = receipt.model_copy(update={"announced": True})
        self._table.write(Put(receipt_item(partition(model), announced)))

    def _load(self, pk: str, sk: str) -> ObjectReceipt | None:
        item = self._table.get(pk, sk)
        return None if item is None else ObjectReceipt.model_validate_json(str(item["document"]))


def receipt_item(pk: str, receipt: ObjectReceipt) -> Item:
    """Return a receipt as an item."""
    sk = _object(receipt.key, receipt.version_id)
    return {"pk": pk, "sk": sk, "document": receipt.model_dump_json()}


def still_claimed(pk: str, dropped: DroppedObject) -> Check:
    """Demand that no newer version of the object's key has been claimed."""
    return Check(
        (pk, _key(dropped.key)),
        condition="sequencer = :ours",
        values={":ours": _padded(dropped.sequencer)},
    )


# Keys may be 1,024 bytes long, which is also all that a sort key holds: they go in as hashes.
def _object(key: str, version_id: str) -> str:
    return f"OBJECT#{object_id(key, version_id)}"


def _key(key: str) -> str:
    return f"KEY#{hashlib.sha256(key.encode()).hexdigest()}"


def _padded(sequencer: str) -> str:
    return sequencer.ljust(_SEQUENCER_WIDTH, "0")
