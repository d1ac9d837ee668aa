"""Evaluate a candidate on the frozen holdout, beside the champion, and say whether it may go live."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.assessment import Candidate, ChampionAnswers, assess
from tideline.domain.evaluation.champion import rows_for_champion, why_not_comparable
from tideline.domain.evaluation.golden import GoldenRows, golden_rows
from tideline.domain.evaluation.inspection.findings import Latency
from tideline.domain.evaluation.parity_check import check_parity
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.evaluation.verdict.checks import NoChampion
from tideline.domain.monitoring.reference_making import EvaluatedRows, make_reference
from tideline.domain.release.deployment import DeployedVersion, signature
from tideline.domain.training.run import Evaluated, EvaluationTask, RunOrder
from tideline.ports import DeploymentRegistry, ObjectStore, SpecRegistry, Stopwatch, VersionRegistry
from tideline.services.evaluation_arrays import Holdout, read_holdout, read_native
from tideline.services.inspect_model import Inspected, inspect_model
from tideline.services.measure_latency import measure_latency
from tideline.services.recorded_artifact import read_artifact
from tideline.services.training_arrays import read_encoding, read_profile, read_training_arrays


class Scorer(Protocol):
    """A loaded artifact."""

    def predict(self, features: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Return outputs of shape ``(n, k)`` for raw features; raises `ArtifactInvalid`."""
        ...


@dataclass(frozen=True)
class EvaluateModel:
    """Idempotency key: the run's id; doing it again replaces the same files, all but times with the same.

    The champion is the one that is live at that moment, and the report names it.
    """

    lake: ObjectStore
    specs: SpecRegistry
    versions: VersionRegistry
    deployments: DeploymentRegistry
    load: Callable[[bytes], Scorer]
    stopwatch: Stopwatch

    def __call__(self, task: EvaluationTask) -> Evaluated:
        """Write the report, the golden rows, the latency and the reference, and return the verdict in short.

        Raises:
            ArtifactInvalid: an artifact is not the one that was recorded, or does not answer.
            ParityBroken: the candidate answers otherwise than the trainer that made it.
            TrainingImpossible: the metric that decides means nothing on the holdout.
        """
        order = task.order
        spec = self.specs.load(order.model, order.spec_version)
        encoding = read_encoding(self.lake, order)
        holdout = read_holdout(self.lake, order, encoding, audit_columns=spec.audit_columns)
        training = read_training_arrays(self.lake, order)
        scorer = self._load(_path(order, "candidate.onnx"), sha256=task.fitted.sha256)
        raw = scorer.predict(holdout.columns)
        report = assess(
            Candidate(
                order=order,
                sha256=task.fitted.sha256,
                spec=spec,
                encoding=encoding,
                y=holdout.y,
                y_train=training.y_all,
                raw=raw,
                columns=holdout.judged_columns,
                parity=check_parity(raw, read_native(self.lake, order)),
            ),
            champion=self._champion(order, spec=spec, encoding=encoding, holdout=holdout),
        )
        inspection = inspect_model(
            Inspected(
                spec=spec,
                encoding=encoding,
                fitted=task.fitted,
                holdout=holdout,
                training=training,
                raw=raw,
                predict=scorer.predict,
                seed=order.seed,
            )
        )
        latency = measure_latency(
            scorer.predict, holdout.columns, rows=len(holdout.y), stopwatch=self.stopwatch
        )
        promised = signature(spec, classes=encoding.classes)
        golden = golden_rows(promised, sha256=task.fitted.sha256, columns=holdout.columns, raw=raw)
        report = report.model_copy(update={"inspection": inspection})
        reference = make_reference(
            EvaluatedRows(columns=holdout.columns, y=holdout.y, raw=raw),
            spec=spec,
            encoding=encoding,
            profile=read_profile(self.lake, order),
            report=report,
        )
        self.lake.write(_path(order, keys.REFERENCE_FILE), reference.model_dump_json().encode())
        return self._write(report, golden, latency)

    def _write(self, report: EvaluationReport, golden: GoldenRows, latency: Latency) -> Evaluated:
        content = report.to_json()
        self.lake.write(_path(report.order, "latency.json"), latency.model_dump_json().encode())
        self.lake.write(_path(report.order, "golden.json"), golden.model_dump_json().encode())
        self.lake.write(_path(report.order, "report.json"), content)
        return report.summary(sha256=hashlib.sha256(content).hexdigest())

    def _champion(
        self, order: RunOrder, *, spec: ModelSpec, encoding: Encoding, holdout: Holdout
    ) -> ChampionAnswers | NoChampion:
        deployment = self.deployments.load(order.model)
        if deployment is None:
            return NoChampion()
        live = deployment.champion
        made_under = self.specs.load(order.model, self.versions.load(order.model, live.version).spec_version)
        cause = why_not_comparable(live.signature, champion_spec=made_under, spec=spec, encoding=encoding)
        if cause is not None:
            return NoChampion(version=live.version, cause=cause)
        return self._champion_answers(live, encoding=encoding, holdout=holdout)

    def _champion_answers(
        self, live: DeployedVersion, *, encoding: Encoding, holdout: Holdout
    ) -> ChampionAnswers:
        taken = rows_for_champion(
            live.signature, columns=holdout.columns, encoding=encoding, rows=len(holdout.y)
        )
        return ChampionAnswers(
            version=live.version,
            sha256=live.sha256,
            raw=self._load(live.key, sha256=live.sha256).predict(taken.columns),
            missing_features=taken.missing,
        )

    def _load(self, key: str, *, sha256: str) -> Scorer:
        return self.load(read_artifact(self.lake, key, sha256=sha256))


def _path(order: RunOrder, name: str) -> str:
    return keys.run_key(order.model, order.run_id, name)
