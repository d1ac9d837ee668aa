"""Runs (``RUN#``), the lock one of them holds (``LOCK``), the wish that waits (``PENDING``)."""

from __future__ import annotations

from datetime import timedelta

from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.table import NEW, Put, RegistryTable, documents, partition
from tideline.domain.ledger.decisions import run_begun, run_ended
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Run, RunStatus
from tideline.errors import RegistryConflict

_LOCK = "LOCK"
_PENDING = "PENDING"
# Longer than any queue or dead-letter queue keeps an event (14 days): a late redrive is recognised.
_EVENT_MEMORY = timedelta(days=30)


class DynamoDbRunRegistry:
    """`tideline.ports.RunRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table
        self._ledger = DynamoDbLedger(table)

    def load(self, model: str, run_id: str) -> Run | None:
        item = self._table.get(partition(model), f"RUN#{run_id}")
        return None if item is None else Run.model_validate_json(str(item["document"]))

    def all(self, model: str) -> list[Run]:
        """Return every run of a model, oldest first."""
        texts = documents(self._table.query(partition(model), "RUN#"))
        return sorted((Run.model_validate_json(text) for text in texts), key=lambda run: run.created_at)

    def in_flight(self, model: str) -> str | None:
        item = self._table.get(partition(model), _LOCK)
        return None if item is None else str(item["run_id"])

    def started_by(self, model: str, event_id: str) -> str | None:
        item = self._table.get(partition(model), f"EVENT#{event_id}")
        return None if item is None else str(item["run_id"])

    def begin(self, run: Run, *, event_id: str) -> None:
        pk, run_id = partition(run.order.model), run.order.run_id
        expires = int((run.created_at + _EVENT_MEMORY).timestamp())
        self._ledger.write(
            run.order.model,
            Put(
                {"pk": pk, "sk": _LOCK, "run_id": run_id, "since": run.created_at.isoformat()},
                condition=NEW,
            ),
            Put(_item(run), condition=NEW),
            Put({"pk": pk, "sk": f"EVENT#{event_id}", "run_id": run_id, "expires_at": expires}),
            decision=run_begun(run),
        )

    def save(self, run: Run) -> bool:
        record = Put(
            _item(run),
            condition="#status IN (:starting, :running)",
            values={":starting": RunStatus.STARTING.value, ":running": RunStatus.RUNNING.value},
            names={"#status": "status"},
        )
        if not run.is_over:
            return self._table.holds(record)
        try:
            self._ledger.write(run.order.model, record, decision=run_ended(run))
        except RegistryConflict:
            return False
        return True

    def release_lock(self, model: str, run_id: str) -> None:
        self._table.delete(partition(model), _LOCK, condition="run_id = :run", values={":run": run_id})

    def set_cost(self, run: Run) -> None:
        self._table.write(
            Put(
                _item(run),
                condition="#status = :status",
                values={":status": run.status.value},
                names={"#status": "status"},
            )
        )

    def remember(self, wish: Wish) -> bool:
        return self._table.holds(
            Put(
                {
                    "pk": partition(wish.model),
                    "sk": _PENDING,
                    "event_id": wish.event_id,
                    "strength": wish.strength,
                    "document": wish.model_dump_json(),
                },
                condition="attribute_not_exists(strength) OR strength <= :strength",
                values={":strength": wish.strength},
            )
        )

    def remembered(self, model: str) -> Wish | None:
        item = self._table.get(partition(model), _PENDING)
        return None if item is None else Wish.model_validate_json(str(item["document"]))

    def forget(self, model: str, *, event_id: str) -> None:
        self._table.delete(
            partition(model), _PENDING, condition="event_id = :event", values={":event": event_id}
        )


def _item(run: Run) -> dict[str, str | int]:
    sk = f"RUN#{run.order.run_id}"
    return {
        "pk": partition(run.order.model),
        "sk": sk,
        "status": run.status.value,
        "document": run.model_dump_json(),
    }
