"""Model versions (``VERSION#000001`` on) and the deployment that serves them (``DEPLOYMENT``)."""

from __future__ import annotations

from collections.abc import Mapping

from tideline.adapters.registry.table import (
    NEW,
    Change,
    Item,
    Put,
    RegistryTable,
    numbered,
    partition,
)
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.errors import UnknownVersion

_HEAD = "VERSIONS#HEAD"
DEPLOYMENT = "DEPLOYMENT"


class DynamoDbVersionRegistry:
    """`tideline.ports.VersionRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

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
        self._table.write(
            Change(
                (pk, _HEAD),
                set={"latest": number},
                condition="latest = :before" if number > 1 else "attribute_not_exists(latest)",
                values={":before": number - 1} if number > 1 else {},
            ),
            Put(_item(version), condition=NEW),
            Put({"pk": pk, "sk": _work(version), "number": number}, condition=NEW),
            Put({"pk": pk, "sk": f"RUNVERSION#{version.run_id}", "number": number}),
        )

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

    def load(self, model: str) -> Deployment | None:
        item = self._table.get(partition(model), DEPLOYMENT)
        return None if item is None else Deployment.model_validate_json(str(item["document"]))

    def replace(
        self, deployment: Deployment, *, states: Mapping[int, tuple[VersionState, VersionState]]
    ) -> None:
        pk, generation = partition(deployment.model), deployment.generation
        record: Item = {
            "pk": pk,
            "sk": DEPLOYMENT,
            "generation": generation,
            "document": deployment.model_dump_json(),
        }
        first = generation == 1
        self._table.write(
            Put(
                record,
                condition=NEW if first else "generation = :before",
                values={} if first else {":before": generation - 1},
            ),
            *(
                Change(
                    (pk, numbered("VERSION", number)),
                    set={"state": after.value},
                    condition="#state = :from",
                    values={":from": before.value},
                    names={"#state": "state"},
                )
                for number, (before, after) in states.items()
            ),
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
