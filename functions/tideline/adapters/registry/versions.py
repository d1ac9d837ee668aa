"""Versions (``VERSION#000001`` on), the deployment of a model (``DEPLOYMENT``), its moves (``MOVE#``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.table import (
    NEW,
    Change,
    Item,
    Put,
    RegistryTable,
    numbered,
    partition,
)
from tideline.domain.ledger.decisions import deployment_replaced, version_registered, with_states
from tideline.domain.ledger.entry import Decision
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.move import Move, note_of
from tideline.domain.release.version import (
    ModelVersion,
    StateChange,
    VersionState,
    require_own_transition,
    require_transition,
)
from tideline.errors import UnknownVersion

_HEAD = "VERSIONS#HEAD"
DEPLOYMENT = "DEPLOYMENT"
# Longer than any queue or dead-letter queue keeps an event (14 days): a late redrive is recognised.
_MOVE_MEMORY = timedelta(days=30)


class DynamoDbVersionRegistry:
    """`tideline.ports.VersionRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table
        self._ledger = DynamoDbLedger(table)

    def load(self, model: str, number: int) -> ModelVersion:
        item = self._table.get(partition(model), numbered("VERSION", number))
        if item is None:
            raise UnknownVersion(model, number)
        return _version(item)

    def all(self, model: str) -> list[ModelVersion]:
        """Return every version of a model, oldest first."""
        return [_version(item) for item in self._table.query(partition(model), "VERSION#")]

    def of_run(self, model: str, run_id: str) -> ModelVersion | None:
        return self._pointed(model, f"RUNVERSION#{run_id}")

    def of_same_work(self, version: ModelVersion) -> ModelVersion | None:
        return self._pointed(version.model, _work(version))

    def latest_number(self, model: str) -> int:
        item = self._table.get(partition(model), _HEAD) or {}
        return int(item.get("latest", 0))

    def register(self, version: ModelVersion) -> None:
        pk, number = partition(version.model), version.number
        self._ledger.write(
            version.model,
            Change(
                (pk, _HEAD),
                set={"latest": number},
                condition="latest = :before" if number > 1 else "attribute_not_exists(latest)",
                values={":before": number - 1} if number > 1 else {},
            ),
            Put(_item(version), condition=NEW),
            Put({"pk": pk, "sk": _work(version), "number": number}, condition=NEW),
            Put({"pk": pk, "sk": f"RUNVERSION#{version.run_id}", "number": number}),
            decision=version_registered(version),
        )

    def change_state(self, version: ModelVersion, to: VersionState, *, decision: Decision) -> ModelVersion:
        require_own_transition(version.number, version.state, to)
        change = (version.state, to)
        self._ledger.write(
            version.model,
            state_write(version.model, version.number, change),
            decision=with_states(decision, {version.number: change}),
        )
        return version.model_copy(update={"state": to})

    def note(self, version: ModelVersion, text: str) -> None:
        key = (partition(version.model), numbered("VERSION", version.number))
        self._table.write(Change(key, set={"note": text}, condition="attribute_exists(pk)"))

    def _pointed(self, model: str, sk: str) -> ModelVersion | None:
        pointer = self._table.get(partition(model), sk)
        return None if pointer is None else self.load(model, int(pointer["number"]))


class DynamoDbDeploymentRegistry:
    """`tideline.ports.DeploymentRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table
        self._ledger = DynamoDbLedger(table)

    def load(self, model: str) -> Deployment | None:
        item = self._table.get(partition(model), DEPLOYMENT)
        return None if item is None else Deployment.model_validate_json(str(item["document"]))

    def moved(self, model: str, cause: str) -> Move | None:
        return _move(self._table.get(partition(model), f"MOVE#{cause}"), "document")

    def last_move(self, model: str) -> Move | None:
        return _move(self._table.get(partition(model), DEPLOYMENT), "move")

    def replace(
        self,
        deployment: Deployment,
        *,
        states: Mapping[int, StateChange],
        requested_by: str = "",
        move: Move | None = None,
    ) -> None:
        for number, (before, after) in states.items():
            require_transition(number, before, after)
        pk, generation = partition(deployment.model), deployment.generation
        record: Item = {
            "pk": pk,
            "sk": DEPLOYMENT,
            "generation": generation,
            "document": deployment.model_dump_json(),
            "move": move.model_dump_json() if move else "",
        }
        first = generation == 1
        self._ledger.write(
            deployment.model,
            Put(
                record,
                condition=NEW if first else "generation = :before",
                values={} if first else {":before": generation - 1},
            ),
            *(
                state_write(deployment.model, number, change, note=note_of(move) if move else "")
                for number, change in states.items()
            ),
            *([_remember(move)] if move else []),
            decision=deployment_replaced(deployment, states=states, requested_by=requested_by, move=move),
        )


def _remember(move: Move) -> Put:
    expires = int((move.at + _MOVE_MEMORY).timestamp())
    record: Item = {
        "pk": partition(move.model),
        "sk": f"MOVE#{move.cause}",
        "document": move.model_dump_json(),
        "expires_at": expires,
    }
    return Put(record, condition=NEW)


def _move(item: Item | None, attribute: str) -> Move | None:
    document = str((item or {}).get(attribute, ""))
    return Move.model_validate_json(document) if document else None


def state_write(model: str, number: int, change: StateChange, *, note: str = "") -> Change:
    """Return the write that changes a version's state, if it is still what it was.

    `note` says why a version is rolled back.
    """
    before, after = change
    # What a release that failed has left behind is over once a version is live.
    notes = {VersionState.LIVE: "", VersionState.ROLLED_BACK: note}
    cleared: Item = {"note": notes[after]} if after in notes else {}
    return Change(
        (partition(model), numbered("VERSION", number)),
        set={"state": after.value} | cleared,
        condition="#state = :from",
        values={":from": before.value},
        names={"#state": "state"},
    )


def _work(version: ModelVersion) -> str:
    return f"ARTIFACT#{version.sha256}#d{version.dataset_version}#s{version.spec_version}"


def _item(version: ModelVersion) -> Item:
    # State and note change; everything else of a version never does, and lies in the document.
    document = version.model_dump_json(exclude={"state", "note"})
    return {
        "pk": partition(version.model),
        "sk": numbered("VERSION", version.number),
        "document": document,
        "state": version.state.value,
        "note": version.note,
    }


def _version(item: Item) -> ModelVersion:
    stored = ModelVersion.model_validate_json(
        str(item["document"])[:-1] + f',"state":"{item["state"]}"' + "}"
    )
    return stored.model_copy(update={"note": str(item.get("note", ""))})
