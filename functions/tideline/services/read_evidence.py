"""Read what is recorded of a version: the files beside its artifact, its record and its spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tideline.card.evidence import Evidence
from tideline.domain import keys
from tideline.domain.evaluation.inspection.findings import Latency
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.release.approval import Approval
from tideline.domain.release.manifest import Manifest, read_manifest
from tideline.domain.release.version import ModelVersion
from tideline.errors import ArtifactInvalid, EvidenceUnreadable, ObjectMissing
from tideline.ports import Ledger, ObjectStore, SpecRegistry

Kind = TypeVar("Kind", bound=BaseModel)


@dataclass(frozen=True)
class ReadEvidence:
    """What the model card and the command line show of a version."""

    lake: ObjectStore
    specs: SpecRegistry
    ledger: Ledger

    def __call__(self, version: ModelVersion, *, approval: Approval | None = None) -> Evidence:
        """Return the evidence.

        Args:
            version: Its record.
            approval: The newest question for it, None where none was asked.

        Raises:
            ObjectMissing: manifest or report is gone from the lake.
            EvidenceUnreadable: one of them does not have the shape that this edition reads, or the
                manifest is not the one registered.
            UnknownModel: the spec it was trained under is not in the registry.
        """
        manifest = self._manifest(version)
        return Evidence(
            spec=self.specs.load(version.model, manifest.spec_version),
            manifest=manifest,
            report=self._read(version, "report.json", EvaluationReport),
            version=version,
            latency=self._latency(version),
            approval=approval,
            ledger=tuple(self.ledger.entries(version.model)),
        )

    def _manifest(self, version: ModelVersion) -> Manifest:
        key = keys.version_key(version.model, version.number, "manifest.json")
        try:
            return read_manifest(self.lake.read(key), version=version)
        except ArtifactInvalid as exc:
            raise EvidenceUnreadable(key, exc.message) from exc
        except ValidationError as exc:
            raise _unreadable(key, exc) from exc

    def _latency(self, version: ModelVersion) -> Latency | None:
        try:
            return self._read(version, "latency.json", Latency)
        except ObjectMissing:
            return None

    def _read(self, version: ModelVersion, name: str, kind: type[Kind]) -> Kind:
        key = keys.version_key(version.model, version.number, name)
        try:
            return kind.model_validate_json(self.lake.read(key))
        except ValidationError as exc:
            raise _unreadable(key, exc) from exc


def _unreadable(key: str, exc: ValidationError) -> EvidenceUnreadable:
    first = exc.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the whole"
    return EvidenceUnreadable(key, f"{place}: {first['msg']}")
