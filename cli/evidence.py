"""What is recorded of a version, as commands read it: from the registry and the lake."""

from __future__ import annotations

from cli.errors import CliError
from cli.session import Session
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.card.evidence import Evidence
from tideline.domain.release.version import ModelVersion
from tideline.errors import EvidenceUnreadable, ObjectMissing, UnknownVersion
from tideline.services.read_evidence import ReadEvidence


def lake_of(session: Session) -> S3ObjectStore:
    """Return the target's lake."""
    return S3ObjectStore(session.target.s3, session.target.output("LakeBucket"))


def version_record(session: Session, model: str, version: int) -> ModelVersion:
    """Return a version's record; raises `CliError` naming the newest where there is no such version."""
    session.registry.spec(model)
    try:
        return session.registry.versions.load(model, version)
    except UnknownVersion as exc:
        newest = session.registry.versions.latest_number(model)
        there = f"the newest is {newest}" if newest else "it has none yet"
        raise CliError(f"{model} has no version {version}; {there}") from exc


def read_evidence(session: Session, record: ModelVersion) -> Evidence:
    """Return everything recorded of a version; raises `CliError` where files are gone or unreadable."""
    registry = session.registry
    read = ReadEvidence(lake=lake_of(session), specs=registry.specs, ledger=registry.ledger)
    try:
        return read(record, approval=registry.approvals.load(record.model, record.number))
    except ObjectMissing as exc:
        raise CliError(f"{exc.key} is gone from the lake: version {record.number} cannot be shown") from exc
    except EvidenceUnreadable as exc:
        raise CliError(f"{exc.message}; `tideline retrain {record.model} --force` makes a new one") from exc
