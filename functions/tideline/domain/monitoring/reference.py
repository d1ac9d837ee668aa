"""What a version is held against while it is live: made once, at its evaluation, and never changed.

Features are those of the training rows; answers, calibration and quality are those of the holdout, which no
model has trained on.
"""

from __future__ import annotations

from tideline.domain.encoding import Task
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inspection.findings import Importance
from tideline.domain.monitoring.counting.counts import OutputCounts
from tideline.domain.monitoring.record import SliceQuality
from tideline.domain.training.profile import ColumnProfile, NumberProfile
from tideline.domain.value import Value


class ScoreCalibration(Value):
    """How often a class was right where it was said to be as probable as this, on the holdout.

    Attributes:
        upto: Upper bounds of bins of scores, ascending, each one of `SCORE_BINS`; the last is 1 and holds it.
        rows: Holdout rows in each bin.
        hits: Those of them that were of the class.
        probabilities: Calibrated and never falling from bin to bin (isotonic).
    """

    upto: tuple[float, ...]
    rows: tuple[int, ...]
    hits: tuple[int, ...]
    probabilities: tuple[float, ...]


class FeatureLoss(Value):
    """What being in a bin of a feature adds to the expected loss, all else equal; in the loss's unit.

    Attributes:
        bins: One for each of the reference's bins or counted values.
        missing: Where the value is missing.
        other: Of categories that are not counted one by one.
    """

    bins: tuple[float, ...]
    missing: float = 0.0
    other: float = 0.0


class LossModel(Value):
    """An additive model of the loss of a row: intercept, and a part for each feature's bin and the answer's.

    Because it is additive, its mean over a window is read off the window's counts, and each feature's part of
    a change is the change in its own counts.

    Attributes:
        loss: What is modelled: ``log_loss``, ``squared_error`` or ``absolute_error``.
        features: By name.
        answer: By the bin of a regression's answer; None for classification.
        residual_std: Of holdout rows about the model, in the loss's unit.
        mean: Mean loss on the holdout.
        rows: Holdout rows that it was fitted on.
        explained: Share of the loss's variance that it explains on rows it was not fitted on.
    """

    loss: str
    intercept: float
    features: dict[str, FeatureLoss]
    answer: FeatureLoss | None = None
    residual_std: float
    mean: float
    rows: int
    explained: float


class MonitoringReference(Value):
    """The reference of one version.

    Attributes:
        metric: The one that decides, by scikit-learn's name; higher is better.
        rows: Of the holdout.
        features: Of the training rows; private ones, which the log does not tell, are left out.
        outputs: By class, of the holdout; empty for a regression.
        value: A regression's answers on the holdout; None for classification.
        quality: The metric on the holdout.
        importance: Where it was measured, most important first.
        calibration: By class; empty for a regression.
        loss: None where the holdout was too small to fit one.
        slices: The metric on the holdout's slices by one feature, as far as the spec names features.
    """

    schema_version: int = 1
    model: str
    run_id: str
    artifact_sha256: str
    task: Task
    classes: tuple[str, ...]
    metric: str
    rows: int
    features: dict[str, ColumnProfile]
    outputs: dict[str, OutputCounts] = {}
    value: NumberProfile | None = None
    quality: Interval
    importance: tuple[Importance, ...] = ()
    calibration: dict[str, ScoreCalibration] = {}
    loss: LossModel | None = None
    slices: tuple[SliceQuality, ...] = ()
