"""The records that lineage is made of, read from registry and lake."""

from __future__ import annotations

from cli.errors import CliError
from cli.evidence import lake_of, version_record
from cli.session import Session
from tideline.domain import keys
from tideline.domain.lineage.descendants import ModelRecords
from tideline.domain.lineage.origins import VersionRecords
from tideline.domain.release.manifest import read_manifest
from tideline.errors import ArtifactInvalid, ObjectMissing

_S3 = "s3://"


def version_records(session: Session, model: str, number: int) -> VersionRecords:
    """Return what is recorded of a version; raises `CliError` where that is gone, changed or never was."""
    registry = session.registry
    version = version_record(session, model, number)
    try:
        content = lake_of(session).read(keys.version_key(model, number, "manifest.json"))
    except ObjectMissing as exc:
        raise CliError(f"{exc.key} is gone from the lake: it says what version {number} came of") from exc
    try:
        manifest = read_manifest(content, version=version)
    except ArtifactInvalid as exc:
        raise CliError(exc.message) from exc
    return VersionRecords(
        version=version,
        manifest=manifest,
        spec=registry.specs.load(model, manifest.spec_version),
        run=registry.runs.load(model, manifest.run_id),
        deployment=registry.deployments.load(model),
    )


def model_records(session: Session, model: str) -> ModelRecords:
    """Return what is recorded of a model's data and versions."""
    registry = session.registry
    return ModelRecords(
        receipts=registry.receipts.all(model),
        batches=registry.datasets.batches(model),
        versions=registry.versions.all(model),
        deployment=registry.deployments.load(model),
    )


def live_or_newest(session: Session, model: str) -> int:
    """Return the version that answers, or else the newest; raises `CliError` where there is none."""
    deployment = session.registry.deployments.load(model)
    number = deployment.champion.version if deployment else session.registry.versions.latest_number(model)
    if not number:
        raise CliError(f"{model} has no versions yet: tideline status {model}")
    return number


def inbox_key(session: Session, model: str, given: str, records: ModelRecords) -> str:
    """Return the inbox key that somebody means: whole, as a URL, or by the name in the data folder.

    Raises:
        CliError: nothing was ever dropped there.
    """
    bucket = session.target.output("InboxBucket")
    if given.startswith(_S3) and not given.startswith(f"{_S3}{bucket}/"):
        raise CliError(f"{given} is not in the inbox, which is s3://{bucket}")
    key = given.removeprefix(_S3).removeprefix(f"{bucket}/")
    dropped = {receipt.key for receipt in records.receipts}
    for candidate in (key, f"{model}/{key}", keys.data_key(model, key)):
        if candidate in dropped:
            return candidate
    raise CliError(f"nothing was ever dropped at {key} for {model}: `tideline data {model}` lists what was")
