"""The chain of holdouts (``HOLDOUT#000001`` and on), and which link a piece of work was prepared with."""

from __future__ import annotations

from tideline.adapters.registry.table import NEW, Item, Put, RegistryTable, numbered, partition
from tideline.domain.training.holdout import HoldoutRecord


class DynamoDbHoldoutRegistry:
    """`tideline.services.training_table.HoldoutRegistry` on the registry's table.

    A link holds all rules, 60 bytes for each interval of time: thousands fit into an item's 400 KB.
    """

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def of_work(self, model: str, *, dataset_version: int, spec_version: int) -> HoldoutRecord | None:
        pk = partition(model)
        pointer = self._table.get(pk, _work(dataset_version, spec_version))
        return None if pointer is None else _record(self._table.get(pk, str(pointer["holdout"])))

    def latest(self, model: str) -> HoldoutRecord | None:
        return _record(next(self._table.query(partition(model), "HOLDOUT#", newest_first=True), None))

    def append(self, model: str, record: HoldoutRecord) -> None:
        pk, link = partition(model), numbered("HOLDOUT", record.number)
        work = _work(record.dataset_version, record.spec_version)
        self._table.write(
            Put({"pk": pk, "sk": link, "document": record.model_dump_json()}, condition=NEW),
            Put({"pk": pk, "sk": work, "holdout": link}, condition=NEW),
        )


def _work(dataset_version: int, spec_version: int) -> str:
    return f"WORKHOLDOUT#{dataset_version:06d}#{spec_version:06d}"


def _record(item: Item | None) -> HoldoutRecord | None:
    return None if item is None else HoldoutRecord.model_validate_json(str(item["document"]))
