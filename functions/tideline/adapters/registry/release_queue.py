"""The wish for a release that waits for another one to end (``RELEASE#PENDING``)."""

from __future__ import annotations

from tideline.adapters.registry.table import Put, RegistryTable, partition
from tideline.domain.release.release_wish import ReleaseWish

_PENDING = "RELEASE#PENDING"


class DynamoDbReleaseQueue:
    """`tideline.ports.ReleaseQueue` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def remember(self, wish: ReleaseWish) -> None:
        self._table.write(
            Put(
                {
                    "pk": partition(wish.model),
                    "sk": _PENDING,
                    "event_id": wish.event_id,
                    "document": wish.model_dump_json(),
                }
            )
        )

    def remembered(self, model: str) -> ReleaseWish | None:
        item = self._table.get(partition(model), _PENDING)
        return None if item is None else ReleaseWish.model_validate_json(str(item["document"]))

    def forget(self, model: str, *, event_id: str) -> None:
        self._table.delete(
            partition(model), _PENDING, condition="event_id = :event", values={":event": event_id}
        )
