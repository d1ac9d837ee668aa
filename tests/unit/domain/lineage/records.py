"""Records to trace: a manifest, and a model whose file was dropped again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, deployment, evaluated, order, run, sha, spec, version
from tideline.domain.intake.dataset import Batch, dataset_sha256
from tideline.domain.lineage.origins import VersionRecords
from tideline.domain.release.deployment import signature
from tideline.domain.release.manifest import Manifest, ManifestBatch
from tideline.domain.training.run import RunStatus, TrialResult


def trial(index: int, score: float) -> TrialResult:
    return TrialResult(
        index=index, trainer="linear", parameters={"l2": 0.123456}, score=score, rounds=3, seconds=0.1
    )


def manifest(batches: Sequence[Batch], **fields: Any) -> Manifest:
    base: dict[str, Any] = {
        "model": MODEL,
        "version": 1,
        "run_id": order().run_id,
        "artifact_sha256": sha("artifact 1"),
        "size_bytes": 10,
        "signature": signature(spec(), classes=()),
        "spec_version": 1,
        "spec_sha256": spec().sha256,
        "dataset_version": len(batches),
        "dataset_sha256": dataset_sha256(batches),
        "batches": tuple(
            ManifestBatch.model_validate(each.model_dump(include=set(ManifestBatch.model_fields)))
            for each in batches
        ),
        "trainer": "linear",
        "parameters": {"l2": 0.123456},
        "rounds": 3,
        "seed": 7,
        "trials": (trial(1, 0.9), trial(0, 0.5), trial(2, 0.4)),
        "evaluation": evaluated(),
        "library_versions": {"numpy": "2", "onnx": "1"},
        "code_sha256": sha("code"),
        "created_at": START,
    }
    return Manifest.model_validate(base | fields)


def version_records(batches: Sequence[Batch], **fields: Any) -> VersionRecords:
    base: dict[str, Any] = {
        "version": version(),
        "manifest": manifest(batches),
        "spec": spec(),
        "run": run(status=RunStatus.REGISTERED, requested_by="alice"),
        "deployment": deployment(),
    }
    return VersionRecords(**(base | fields))
