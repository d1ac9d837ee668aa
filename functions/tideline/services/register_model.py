"""Register what a run made: the next version number, its files, and everything that led to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tideline.domain.release.repeated_work import PROMOTE, outcome
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import Evaluated, RegistrationTask, RunStatus
from tideline.errors import RegistryConflict
from tideline.events.facts import ModelRegistered, ModelRejected
from tideline.ports import (
    Clock,
    DatasetRegistry,
    EventPublisher,
    ObjectStore,
    RunRegistry,
    SpecRegistry,
    VersionRegistry,
)
from tideline.services.version_files import VersionFiles

# Such a version is as little allowed to go live as a rejected one, and has the same state.
INCONCLUSIVE = "INCONCLUSIVE"
_ATTEMPTS = 10


@dataclass(frozen=True)
class RegisterModel:
    """Idempotency keys: the run's id, and the work: one artifact of one data set and spec is one version.

    Under another spec it is judged anew and is another version: what a `minimum` kept out may then go live.

    Files are put under the next number before the number is taken, so that a version that exists is
    whole. Only the run that holds the model's lock registers; a retry of it writes the same bytes.
    """

    lake: ObjectStore
    specs: SpecRegistry
    datasets: DatasetRegistry
    runs: RunRegistry
    versions: VersionRegistry
    publisher: EventPublisher
    clock: Clock
    code_sha256: str
    write_card: Callable[[ModelVersion], bool]

    def __call__(self, task: RegistrationTask) -> ModelVersion:
        """Return the run's version, registered now or before.

        Raises:
            RegistryConflict: other runs kept taking the next number; try again.
        """
        version = self._existing(self._version(task, 0)) or self._register(task)
        # After the version is safe: a card may be written again at any time, a version not.
        self.write_card(version)
        self._conclude(task, version)
        return version

    @property
    def _files(self) -> VersionFiles:
        return VersionFiles(
            lake=self.lake, specs=self.specs, datasets=self.datasets, code_sha256=self.code_sha256
        )

    def _existing(self, version: ModelVersion) -> ModelVersion | None:
        return self.versions.of_run(version.model, version.run_id) or self.versions.of_same_work(version)

    def _register(self, task: RegistrationTask) -> ModelVersion:
        for _ in range(_ATTEMPTS):
            number = self.versions.latest_number(task.order.model) + 1
            version = self._version(task, number)
            manifest_sha256 = self._files.write(task, version)
            version = version.model_copy(update={"manifest_sha256": manifest_sha256})
            try:
                self.versions.register(version)
            except RegistryConflict:
                existing = self._existing(version)
                if existing is not None:
                    self._restore(task, existing)
                    return existing
                continue
            return version
        raise RegistryConflict(f"{_ATTEMPTS} others took the next version number of {task.order.model!r}")

    def _restore(self, task: RegistrationTask, version: ModelVersion) -> None:
        """Put back what an earlier try of this run registered a moment ago, and this one has replaced."""
        if version.run_id == task.order.run_id:
            self._files.write(task, version)

    def _version(self, task: RegistrationTask, number: int) -> ModelVersion:
        promoted = task.evaluation.verdict == PROMOTE
        return ModelVersion(
            model=task.order.model,
            number=number,
            state=VersionState.CANDIDATE if promoted else VersionState.REJECTED,
            sha256=task.fitted.sha256,
            run_id=task.order.run_id,
            spec_version=task.order.spec_version,
            dataset_version=task.order.dataset_version,
            trainer=task.fitted.trainer,
            evaluation=task.evaluation,
            size_bytes=task.fitted.size_bytes,
            created_at=self.clock(),
        )

    def _conclude(self, task: RegistrationTask, version: ModelVersion) -> None:
        run = self.runs.load(task.order.model, task.order.run_id)
        if run is None or run.is_over:
            return
        told = outcome(version, run_id=task.order.run_id, judged=task.evaluation)
        self._announce(task.order.run_id, version, told)
        promoted = told.verdict == PROMOTE
        self.runs.save(
            run.model_copy(
                update={
                    "status": RunStatus.REGISTERED if promoted else RunStatus.REJECTED,
                    "version": version.number,
                    "evaluation": told,
                    "ended_at": self.clock(),
                }
            )
        )

    def _announce(self, run_id: str, version: ModelVersion, told: Evaluated) -> None:
        if told.verdict != PROMOTE:
            self.publisher.publish(
                ModelRejected(
                    model=version.model,
                    occurred_at=self.clock(),
                    version=version.number,
                    run_id=run_id,
                    verdict="INCONCLUSIVE" if told.verdict == INCONCLUSIVE else "REJECT",
                    reasons=told.reasons,
                    metric=told.metric,
                    value=told.candidate,
                    champion_value=told.champion,
                )
            )
            return
        self.publisher.publish(
            ModelRegistered(
                model=version.model,
                occurred_at=self.clock(),
                version=version.number,
                run_id=run_id,
                reasons=told.reasons,
                artifact_sha256=version.sha256,
                metric=told.metric,
                value=told.candidate,
                champion_value=told.champion,
            )
        )
