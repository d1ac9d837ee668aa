"""Spec versions: ``SPEC#000001`` and on, and ``SPEC#HEAD`` with the newest number."""

from __future__ import annotations

from datetime import datetime

from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.table import NEW, Change, Put, RegistryTable, numbered, partition
from tideline.domain.contract.spec import ModelSpec, SpecHead
from tideline.domain.ledger.decisions import spec_applied
from tideline.errors import UnknownModel

_HEAD = "SPEC#HEAD"
MODELS = "MODELS"


class DynamoDbSpecRegistry:
    """`tideline.ports.SpecRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table
        self._ledger = DynamoDbLedger(table)

    def head(self, model: str) -> SpecHead:
        item = self._table.get(partition(model), _HEAD)
        if item is None:
            return SpecHead()
        return SpecHead(version=int(item["version"]), sha256=str(item["sha256"]))

    def load(self, model: str, version: int) -> ModelSpec:
        item = self._table.get(partition(model), numbered("SPEC", version))
        if item is None:
            raise UnknownModel(model)
        return ModelSpec.model_validate_json(str(item["document"]))

    def models(self) -> list[str]:
        """Return the names of all models, sorted."""
        return [str(item["sk"]) for item in self._table.query(MODELS, "")]

    def append(self, spec: ModelSpec, *, head: SpecHead, at: datetime) -> int:
        pk, version = partition(spec.model), head.version + 1
        first = head.version == 0
        self._ledger.write(
            spec.model,
            Change(
                (pk, _HEAD),
                set={"version": version, "sha256": spec.sha256},
                condition=NEW if first else "version = :current",
                values={} if first else {":current": head.version},
            ),
            Put(
                {
                    "pk": pk,
                    "sk": numbered("SPEC", version),
                    "document": spec.model_dump_json(),
                    "created_at": at.isoformat(),
                },
                condition=NEW,
            ),
            Put({"pk": MODELS, "sk": spec.model, "spec_version": version}),
            decision=spec_applied(spec, version=version, at=at),
        )
        return version
