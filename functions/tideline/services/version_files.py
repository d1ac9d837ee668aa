"""The files of a version: what the run made, the manifest, and the capsule to train it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch, active_batches, dataset_sha256
from tideline.domain.release.capsule import Capsule, capsule_batch, surroundings_of
from tideline.domain.release.deployment import Signature
from tideline.domain.release.manifest import Manifest, ManifestBatch
from tideline.domain.release.version import ModelVersion
from tideline.domain.training.run import Prepared, RegistrationTask, best_trial
from tideline.errors import ObjectMissing
from tideline.ports import DatasetRegistry, ObjectStore, SpecRegistry

_FILES = {
    "model.onnx": "candidate.onnx",
    "report.json": "report.json",
    "golden.json": "golden.json",
    "latency.json": "latency.json",
}


@dataclass(frozen=True)
class VersionFiles:
    """Writes a version's files; the same task and version give the same bytes."""

    lake: ObjectStore
    specs: SpecRegistry
    datasets: DatasetRegistry
    code_sha256: str

    def write(self, task: RegistrationTask, version: ModelVersion) -> str:
        """Put every file under the version's number and return the manifest's SHA-256.

        What lay there is replaced.
        """
        for target, source in _FILES.items():
            self.lake.copy(_run_key(task, source), _version_key(version, target))
        self._copy_reference(task, version)
        if task.fitted.explanation_sha256:
            name = keys.EXPLANATION_FILE
            self.lake.copy(_run_key(task, name), _version_key(version, name))
        order = task.order
        spec = self.specs.load(order.model, order.spec_version)
        batches = active_batches(self.datasets.batches(order.model), version=order.dataset_version)
        capsule = self._capsule(task, version, spec, batches).to_json()
        self.lake.write(_version_key(version, "capsule.json"), capsule)
        manifest = self._manifest(
            task, version, spec, batches, capsule_sha256=hashlib.sha256(capsule).hexdigest()
        ).model_dump_json(indent=2)
        content = manifest.encode()
        self.lake.write(_version_key(version, "manifest.json"), content)
        return hashlib.sha256(content).hexdigest()

    def _copy_reference(self, task: RegistrationTask, version: ModelVersion) -> None:
        """Copy what the version is held against; a run that an older release evaluated has left none."""
        name = keys.REFERENCE_FILE
        with suppress(ObjectMissing):
            self.lake.copy(_run_key(task, name), _version_key(version, name))

    def _capsule(
        self, task: RegistrationTask, version: ModelVersion, spec: ModelSpec, batches: Sequence[Batch]
    ) -> Capsule:
        order = task.order
        prepared = Prepared.model_validate_json(self.lake.read(_run_key(task, "prepared.json")))
        return Capsule(
            model=order.model,
            version=version.number,
            order=order,
            spec_sha256=spec.sha256,
            spec=spec,
            dataset_sha256=dataset_sha256(batches),
            batches=tuple(capsule_batch(batch) for batch in batches),
            holdout=prepared.holdout,
            trial=best_trial(task.results),
            surroundings=surroundings_of(task.fitted),
            artifact_sha256=task.fitted.sha256,
            evaluation=task.evaluation,
        )

    def _manifest(
        self,
        task: RegistrationTask,
        version: ModelVersion,
        spec: ModelSpec,
        batches: Sequence[Batch],
        *,
        capsule_sha256: str,
    ) -> Manifest:
        order, fitted = task.order, task.fitted
        golden = json.loads(self.lake.read(_run_key(task, "golden.json")))
        return Manifest(
            model=order.model,
            version=version.number,
            run_id=order.run_id,
            artifact_sha256=fitted.sha256,
            size_bytes=fitted.size_bytes,
            signature=Signature.model_validate(golden["signature"]),
            spec_version=order.spec_version,
            spec_sha256=spec.sha256,
            dataset_version=order.dataset_version,
            dataset_sha256=dataset_sha256(batches),
            batches=tuple(
                ManifestBatch.model_validate(batch.model_dump(include=set(ManifestBatch.model_fields)))
                for batch in batches
            ),
            trainer=fitted.trainer,
            parameters=fitted.parameters,
            rounds=fitted.rounds,
            seed=order.seed,
            trials=tuple(sorted(task.results, key=lambda result: -result.score)),
            evaluation=task.evaluation,
            library_versions=fitted.library_versions,
            code_sha256=self.code_sha256,
            capsule_sha256=capsule_sha256,
            explanation_sha256=fitted.explanation_sha256,
            created_at=version.created_at,
        )


def _run_key(task: RegistrationTask, name: str) -> str:
    return keys.run_key(task.order.model, task.order.run_id, name)


def _version_key(version: ModelVersion, name: str) -> str:
    return keys.version_key(version.model, version.number, name)
