"""How good the answers of a period turned out to be, and whether that is worse than the holdout promised.

The period and the holdout are two samples of different rows, each with a standard error: the fall beyond the
margin, over the root of both squares, is compared with Student's distribution (Welch 1947). Its null is a
fall by just the margin, so versions that are as good as promised are called worse far less often than at the
level. Many periods are tested: which of them fell is said of all together (`verdicts`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np

from tideline.domain.evaluation.arrays import Flags, FloatArray
from tideline.domain.evaluation.inference.bootstrap import affordable_resamples
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inference.significance import holm, student_cdf
from tideline.domain.monitoring.margins import allowed_fall
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
from tideline.domain.monitoring.realised.measured_metric import Measured, measure_metric
from tideline.domain.monitoring.realised.measured_slices import MeasuredRows, measured_slices
from tideline.domain.monitoring.realised.row_order import in_order, rows_at
from tideline.domain.monitoring.record import RealisedQuality, SliceQuality
from tideline.domain.monitoring.reference import MonitoringReference


@dataclass(frozen=True, kw_only=True)
class RealisedRules:
    """When a period is judged, and by what.

    Attributes:
        margin: `evaluation.margin` of the spec.
        coverage: Share of the rows whose outcome has to be known, and `min_rows` how many at least.
        min_slice_rows: Slices with fewer labelled rows are not looked at.
        confidence: Of intervals, two-sided; half the rest is the rate of wrong claims.
        seed: Of the resamples.
    """

    margin: float
    coverage: float
    min_rows: int
    confidence: float
    min_slice_rows: int = 100
    seed: int = 0

    @property
    def alpha(self) -> float:
        """The level of a claim, one-sided."""
        return (1 - self.confidence) / 2


def realised_quality(
    rows: LabelledRows,
    reference: MonitoringReference,
    *,
    since: datetime,
    until: datetime,
    rules: RealisedRules,
) -> RealisedQuality:
    """Measure the deciding metric on the labelled rows of a period; the order of the rows changes nothing.

    Args:
        rows: Of the version; those outside the period are left out.
        reference: Of the version that answered.
        since: First moment of the period, in UTC.
        until: The first after it.
        rules: When the number may be acted on, and what counts as a drop of a slice.

    Returns:
        The period without a verdict: `dropped` is false until `with_verdicts` has seen the others.
    """
    period = in_order(rows_at(rows, _within(rows, since, until)))
    known = rows_at(period, _usable(period, reference))
    caveats, mature = _maturity(period, known, reference, rules)
    measured = _measure(known, reference, rules)
    p_value = p_no_fall(measured, reference.quality, metric=reference.metric, margin=rules.margin)
    return RealisedQuality(
        since=since,
        until=until,
        metric=reference.metric,
        rows=len(period.y),
        labelled=len(known.y),
        mature=mature,
        interval=measured.interval(confidence=rules.confidence) if measured else None,
        reference=reference.quality,
        p_value=p_value,
        slices=_slices(known, reference, rules, mature=mature),
        caveats=caveats,
    )


def p_no_fall(measured: Measured | None, reference: Interval, *, metric: str, margin: float) -> float | None:
    """Return the one-sided p-value of "it lies no more than the margin below"; None if untested."""
    if measured is None:
        return None
    bar = reference.estimate - allowed_fall(metric, reference=reference.estimate, margin=margin)
    # The interval's mean half-width: of a skewed one the two sides differ.
    width = NormalDist().inv_cdf((1 + reference.confidence) / 2)
    theirs = (reference.high - reference.low) / 2 / width
    error = math.hypot(measured.error, theirs)
    missed = min(0.0, measured.estimate - bar)
    if missed == 0:
        return 1.0
    return student_cdf(missed / error, freedom=measured.freedom) if error else 0.0


def _within(rows: LabelledRows, since: datetime, until: datetime) -> Flags:
    start, end = (np.datetime64(_naive(moment), "us") for moment in (since, until))
    within: Flags = (rows.times >= start) & (rows.times < end)
    return within


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _usable(rows: LabelledRows, reference: MonitoringReference) -> Flags:
    """Tell which rows have an outcome of the task's kind and finite answers."""
    labels = rows.y
    fine: Flags = np.isfinite(labels) & np.isfinite(rows.scores).all(axis=1)
    if reference.task != "regression":
        fine &= (labels >= 0) & (labels < len(reference.classes)) & (labels == np.floor(labels))
    return fine


def _raw(scores: FloatArray, reference: MonitoringReference) -> FloatArray:
    """Return outputs as the metrics take them: the log has of a binary task the positive class alone."""
    if reference.task == "binary" and scores.shape[1] == 1:
        return np.column_stack([1 - scores, scores])
    return scores


def _maturity(
    period: LabelledRows, known: LabelledRows, reference: MonitoringReference, rules: RealisedRules
) -> tuple[tuple[str, ...], bool]:
    """Return what the number cannot tell, and whether it may be acted on."""
    wanting = []
    if not len(period.y):
        return ("no row was answered in the period",), False
    share = len(known.y) / len(period.y)
    if share < rules.coverage:
        wanting.append(f"the outcome of {share:.0%} of the rows is known: {rules.coverage:.0%} are asked for")
    if len(known.y) < rules.min_rows:
        wanting.append(f"{len(known.y):,} rows with an outcome are too few: {rules.min_rows:,} are asked for")
    if reference.task != "regression" and len(known.y) and len(np.unique(known.y)) == 1:
        wanting.append(f"every outcome is {reference.classes[int(known.y[0])][:40]!r}: there is one class")
    spoilt = int(np.count_nonzero(np.isfinite(period.y))) - len(known.y)
    noted = [f"{spoilt:,} rows have an outcome or an answer that is none, and are left out"] if spoilt else []
    return (*wanting, *noted), not wanting


def _measure(known: LabelledRows, reference: MonitoringReference, rules: RealisedRules) -> Measured | None:
    return measure_metric(
        reference.task,
        reference.metric,
        y=known.y,
        raw=_raw(known.scores, reference),
        seed=rules.seed,
        resamples=affordable_resamples(len(known.y)),
    )


def _slices(
    known: LabelledRows, reference: MonitoringReference, rules: RealisedRules, *, mature: bool
) -> tuple[SliceQuality, ...]:
    """Return every slice; those that the holdout had too are tested, with Holm's correction among them."""
    then = {(one.feature, one.value): one.interval for one in reference.slices}
    rows = MeasuredRows(
        task=reference.task, y=known.y, raw=_raw(known.scores, reference), columns=known.slices
    )
    metric, least = reference.metric, rules.min_slice_rows
    found = measured_slices(rows, reference.features, metric=metric, min_rows=least, seed=rules.seed)
    p_values = [
        p_no_fall(measured, before, metric=metric, margin=rules.margin) if before else None
        for cut, measured in found
        for before in [then.get((cut.feature, cut.value))]
    ]
    adjusted = holm([math.nan if p_value is None else p_value for p_value in p_values])
    return tuple(
        SliceQuality(
            feature=cut.feature,
            value=cut.value,
            rows=len(cut.rows),
            interval=measured.interval(confidence=rules.confidence) if measured else None,
            # Not a number is not below anything.
            dropped=mature and corrected <= rules.alpha,
        )
        for (cut, measured), corrected in zip(found, adjusted, strict=True)
    )
