"""What a look at the model itself found: calibration, importance, sensitivity, suspects of leakage."""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.value import Value


class ReliabilityBin(Value):
    """Rows with predictions in a range, and how often they were right.

    Attributes:
        predicted: Mean predicted probability.
        observed: Share of rows that turned out positive, with its interval.
    """

    low: float
    high: float
    rows: int
    predicted: float
    observed: Interval


class Calibration(Value):
    """Do predicted probabilities come true? One value a class, the positive one for a binary task.

    Attributes:
        expected_calibration_error: Mean gap between predicted and observed, weighted by rows.
    """

    label: str
    bins: tuple[ReliabilityBin, ...]
    expected_calibration_error: float


class Importance(Value):
    """How much the metric drops when a feature's values are shuffled among the rows.

    Attributes:
        drop: Mean over the repeats; positive where the model relies on the feature.
        low: Smallest drop of the repeats.
        high: Largest drop of the repeats.
    """

    feature: str
    drop: float
    low: float
    high: float
    repeats: int


class Sensitivity(Value):
    """What happens when a feature is missing, or holds a category that training never saw.

    Attributes:
        mean_change: Mean absolute change of the model's outputs.
        drop: By how much the metric falls; None where it means nothing.
    """

    feature: str
    kind: Literal["missing", "unseen"]
    mean_change: float
    drop: float | None


class LeakageSuspect(Value):
    """A feature that alone nearly determines the target."""

    feature: str
    metric: str
    value: float
    threshold: float


class Inspection(Value):
    """Everything that was found; none of it blocks, a suspect of leakage warns.

    Attributes:
        calibration: Empty for regression.
        importance: Most important first.
        overlap_rows: Holdout rows that training rows equal in every feature, target and entity.
        warnings: What a person should look at, in sentences.
    """

    calibration: tuple[Calibration, ...] = ()
    importance: tuple[Importance, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    leakage_suspects: tuple[LeakageSuspect, ...] = ()
    overlap_rows: int | None = None
    size_bytes: int = 0
    warnings: tuple[str, ...] = ()


class Latency(Value):
    """Time of one prediction of one row in the evaluating function, in microseconds.

    Kept beside the report and not in it: a measured time is another one each time, and the report's hash
    stands for what was decided.
    """

    calls: int
    p50_us: float
    p99_us: float
