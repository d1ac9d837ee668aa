"""Spec versions: ``SPEC#000001`` and on, and ``SPEC#HEAD`` with the newest number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tideline.adapters.registry.table import NEW, Change, Put, RegistryTable, numbered, partition
from tideline.domain.spec import ModelSpec
from tideline.errors import UnknownModel

_HEAD = "SPEC#HEAD"
MODELS = "MODELS"


@dataclass(frozen=True)
class StoredSpec:
    """A spec version as stored."""

    version: int
    spec: ModelSpec


class DynamoDbSpecRegistry:
    """`tideline.ports.SpecRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def latest(self, model: str) -> StoredSpec:
        head = self._table.get(partition(model), _HEAD)
        if head is None or not head.get("version"):
            raise UnknownModel(model)
        version = int(head["version"])
        return StoredSpec(version, self.load(model, version))

    def load(self, model: str, version: int) -> ModelSpec:
        item = self._table.get(partition(model), numbered("SPEC", version))
        if item is None:
            raise UnknownModel(model)
        return ModelSpec.model_validate_json(str(item["document"]))

    def models(self) -> list[str]:
        """Return the names of all models, sorted."""
        return [str(item["sk"]) for item in self._table.query(MODELS, "")]

    def last_seen_object(self, model: str) -> tuple[str, str]:
        head = self._table.get(partition(model), _HEAD) or {}
        return str(head.get("object_version", "")), str(head.get("sequencer", ""))

    def append(self, spec: ModelSpec, *, object_version: str, sequencer: str, at: datetime) -> int:
        head = self._table.get(partition(spec.model), _HEAD) or {}
        current = int(head.get("version", 0))
        if head.get("sha256") == spec.sha256:
            self.mark_seen(spec.model, object_version=object_version, sequencer=sequencer)
            return current
        pk, version = partition(spec.model), current + 1
        seen = {"object_version": object_version, "sequencer": sequencer}
        self._table.write(
            Change(
                (pk, _HEAD),
                set={"version": version, "sha256": spec.sha256, **seen},
                condition="attribute_not_exists(version) OR version = :current",
                values={":current": current},
            ),
            Put(
                {
                    "pk": pk,
                    "sk": numbered("SPEC", version),
                    "document": spec.model_dump_json(),
                    "created_at": at.isoformat(),
                    "object_version": object_version,
                },
                condition=NEW,
            ),
            Put(
                {
                    "pk": MODELS,
                    "sk": spec.model,
                    "spec_version": version,
                    "updated_at": at.isoformat(),
                }
            ),
        )
        return version

    def mark_seen(self, model: str, *, object_version: str, sequencer: str) -> None:
        seen = Change(
            (partition(model), _HEAD),
            set={"object_version": object_version, "sequencer": sequencer},
        )
        self._table.write(seen)
