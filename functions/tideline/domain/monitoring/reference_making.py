"""Make a version's monitoring reference from what its evaluation has at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.inspection.findings import Importance
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.monitoring.counting.columns import count_scores
from tideline.domain.monitoring.counting.counts import OutputCounts
from tideline.domain.monitoring.estimation.calibration import calibrate
from tideline.domain.monitoring.estimation.loss_fitting import LossColumn, fit_loss
from tideline.domain.monitoring.estimation.row_losses import loss_of, row_losses
from tideline.domain.monitoring.realised.measured_slices import MeasuredRows, measure_slices
from tideline.domain.monitoring.reference import LossModel, MonitoringReference, ScoreCalibration
from tideline.domain.training.profile import ColumnProfile, ReferenceProfile, profile_numbers


@dataclass(frozen=True, eq=False)
class EvaluatedRows:
    """The holdout and what the model made of it.

    Attributes:
        columns: Raw features by name, shape ``(n,)`` each.
        y: Class indices or numbers, shape ``(n,)``.
        raw: The model's outputs, shape ``(n, k)``.
    """

    columns: Mapping[str, NDArray[Any]]
    y: FloatArray
    raw: FloatArray


def make_reference(
    rows: EvaluatedRows,
    *,
    spec: ModelSpec,
    encoding: Encoding,
    profile: ReferenceProfile,
    report: EvaluationReport,
) -> MonitoringReference:
    """Return the reference; the same inputs give the same.

    Args:
        rows: The whole holdout, at least one row.
        spec: Its private features are left out: the log does not tell them.
        encoding: Task and classes.
        profile: Of the training rows.
        report: With the decisive interval, and importance where it was measured.
    """
    features = {name: one for name, one in profile.features.items() if not spec.features[name].private}
    importance = report.inspection.importance if report.inspection else ()
    regression = encoding.task == "regression"
    return MonitoringReference(
        model=report.order.model,
        run_id=report.order.run_id,
        artifact_sha256=report.artifact_sha256,
        task=encoding.task,
        classes=encoding.classes,
        metric=spec.metric,
        rows=len(rows.y),
        features=features,
        outputs={} if regression else _outputs(rows, encoding),
        value=profile_numbers(rows.raw[:, 0].astype(np.float32)) if regression else None,
        quality=report.decisive,
        importance=importance,
        calibration={} if regression else _calibrations(rows, encoding),
        loss=_loss_model(rows, spec, features, importance),
        slices=measure_slices(
            MeasuredRows(
                task=spec.task,
                y=rows.y,
                raw=rows.raw,
                columns={name: rows.columns[name] for name in spec.evaluation.slices},
            ),
            features,
            metric=spec.metric,
            min_rows=spec.evaluation.min_slice_rows,
            confidence=spec.evaluation.confidence,
            seed=report.order.seed,
        ),
    )


def _outputs(rows: EvaluatedRows, encoding: Encoding) -> dict[str, OutputCounts]:
    named = named_class(encoding.task, rows.raw)
    return {
        name: count_scores(rows.raw[:, place], named == place) for place, name in enumerate(encoding.classes)
    }


def _calibrations(rows: EvaluatedRows, encoding: Encoding) -> dict[str, ScoreCalibration]:
    return {
        name: calibrate(rows.raw[:, place], rows.y == place) for place, name in enumerate(encoding.classes)
    }


def _loss_model(
    rows: EvaluatedRows,
    spec: ModelSpec,
    features: Mapping[str, ColumnProfile],
    importance: tuple[Importance, ...],
) -> LossModel | None:
    loss = loss_of(spec.task, spec.metric)
    ranked = [one.feature for one in importance if one.feature in features]
    names = dict.fromkeys([*ranked, *features])
    answers = rows.raw[:, 0].astype(np.float32)
    return fit_loss(
        loss,
        row_losses(loss, y=rows.y, raw=rows.raw),
        features={name: LossColumn(rows.columns[name], features[name]) for name in names},
        answer=LossColumn(answers, profile_numbers(answers)) if spec.task == "regression" else None,
    )
