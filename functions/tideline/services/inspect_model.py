"""Look at the model itself: is it calibrated, what does it rely on, and may its metrics be believed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.inspection.calibration import calibrations
from tideline.domain.evaluation.inspection.findings import Inspection
from tideline.domain.evaluation.inspection.importance import permutation_importance
from tideline.domain.evaluation.inspection.leakage import (
    SAMPLE_ROWS,
    Strength,
    feature_strengths,
    suspect_warnings,
    suspects,
)
from tideline.domain.evaluation.inspection.overlap import overlap_warnings, overlapping_rows
from tideline.domain.evaluation.inspection.plan import InspectionPlan, plan_inspection
from tideline.domain.evaluation.inspection.probe import Predict, Probe
from tideline.domain.evaluation.inspection.sensitivity import sensitivities
from tideline.domain.training.run import FittedModel
from tideline.services.evaluation_arrays import Holdout
from tideline.services.training_arrays import TrainingArrays


@dataclass(frozen=True, eq=False)
class Inspected:
    """What there is to look at.

    Attributes:
        raw: The candidate's outputs on the holdout, shape ``(n, k)``.
        seed: The run's; it decides samples and shuffles.
    """

    spec: ModelSpec
    encoding: Encoding
    fitted: FittedModel
    holdout: Holdout
    training: TrainingArrays
    raw: FloatArray
    predict: Predict
    seed: int


def inspect_model(model: Inspected) -> Inspection:
    """Return everything that was found; the same model and rows give the same."""
    holdout, encoding = model.holdout, model.encoding
    overlap = overlapping_rows(holdout.columns, holdout.y, training=model.training.parts, encoding=encoding)
    strengths = _strengths(model)
    suspected = suspects(strengths)
    plan = plan_inspection(encoding, rows=len(holdout.y), fitted=model.fitted, strengths=strengths)
    probe = _probe(model, plan)
    return Inspection(
        calibration=calibrations(
            encoding, y=holdout.y, raw=model.raw, confidence=model.spec.evaluation.confidence
        ),
        importance=permutation_importance(
            probe, features=plan.features, repeats=plan.repeats, seed=model.seed
        ),
        sensitivity=sensitivities(probe, encoding=encoding, features=plan.features),
        leakage_suspects=suspected,
        overlap_rows=overlap,
        size_bytes=model.fitted.size_bytes,
        warnings=(
            *suspect_warnings(suspected, target=model.spec.target),
            *overlap_warnings(overlap, rows=len(holdout.y), spec=model.spec),
            *plan.warnings,
            *_undefined(probe),
        ),
    )


def as_requests(columns: Mapping[str, NDArray[Any]], rows: NDArray[np.intp]) -> Mapping[str, NDArray[Any]]:
    """Return some of the rows with texts as Python's own: made once here, not in every prediction."""
    return {
        name: column[rows].astype(object) if column.dtype.kind == "U" else column[rows]
        for name, column in columns.items()
    }


def _strengths(model: Inspected) -> tuple[Strength, ...]:
    sample = model.training.sample(SAMPLE_ROWS, seed=model.seed)
    return feature_strengths(*sample, encoding=model.encoding, seed=model.seed)


def _probe(model: Inspected, plan: InspectionPlan) -> Probe:
    random = np.random.default_rng(model.seed)
    rows = np.sort(random.choice(plan.of_rows, plan.rows, replace=False))
    return Probe(
        predict=model.predict,
        columns=as_requests(model.holdout.columns, rows),
        y=model.holdout.y[rows],
        raw=model.raw[rows],
        task=model.encoding.task,
        metric=model.spec.metric,
    )


def _undefined(probe: Probe) -> tuple[str, ...]:
    if probe.drop(probe.raw) is not None:
        return ()
    return (f"{probe.metric} means nothing on the {len(probe.y):,} rows looked at: no importance is known",)
