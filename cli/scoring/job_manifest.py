"""The manifest that a batch job leaves behind when it has ended."""

from __future__ import annotations

from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain import keys
from tideline.domain.batch.batch_manifest import BatchManifest
from tideline.errors import ObjectMissing


def read_job_manifest(lake: S3ObjectStore, model: str, job_id: str) -> BatchManifest | None:
    """Return a job's manifest, None where the job has not ended or there is none of that name."""
    try:
        content = lake.read(keys.scores_key(model, job_id, "manifest.json"))
    except ObjectMissing:
        return None
    return BatchManifest.model_validate_json(content)
