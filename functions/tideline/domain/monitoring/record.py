"""What one look at a version found: numbers, what they mean, and what to do about them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.value import Value

# What is to be done: nothing; look; train anew; wait for more rows.
Decision = Literal["stable", "warn", "retrain", "undecided"]


class ColumnDrift(Value):
    """One feature, or the answers, in a window against the reference.

    Attributes:
        name: Of the feature; a class for the answers, ``value`` for a regression's.
        rows: Values compared, missing ones not counted.
        psi: Population stability index over tenths of the reference, with bins of their own for what is
            missing, new or out of range where it occurs; None where there was nothing to compare.
        jensen_shannon: Distance, 0 to 1 (base 2).
        test: ``ks`` for numbers, ``chi_squared`` for categories, and for numbers too where how many are
            missing is what differs most surely.
        statistic: Of the test.
        p_value: Of the test, corrected where it is the strongest of two or three; unadjusted for others.
        adjusted: The p-value among all that were tested (Benjamini-Hochberg).
        missing: Share of rows without a value, and `reference_missing` that of the reference.
        unseen: Share of rows with a value that the reference does not count; categories only.
        outside: Share of rows beyond the reference's smallest and largest value; numbers only.
        importance: How much the metric drops when the feature is shuffled; None where it was not measured.
        effect: Estimated change of the loss by this feature's shift; positive is worse. None without a model.
        verdict: ``drifted`` only where the test is significant and the shift is large.
        reason: In words, for a person.
    """

    name: str
    kind: Literal["number", "category", "score"]
    rows: int
    psi: float | None = None
    jensen_shannon: float | None = None
    test: Literal["ks", "chi_squared"] | None = None
    statistic: float | None = None
    p_value: float | None = None
    adjusted: float | None = None
    missing: float = 0.0
    reference_missing: float = 0.0
    unseen: float | None = None
    outside: float | None = None
    importance: float | None = None
    effect: float | None = None
    verdict: Literal["stable", "drifted", "too_few", "not_compared"]
    reason: str = ""

    @property
    def has_drifted(self) -> bool:
        """Whether it counts."""
        return self.verdict == "drifted"


class QualityEstimate(Value):
    """How good the answers probably are, before anybody knows what was right.

    Attributes:
        method: ``confidence`` (from calibrated probabilities) or ``direct_loss`` (from a model of the loss).
        estimate: Of the metric on the window.
        reference: What the same estimate says of the holdout.
        dropped: Whether the fall is larger than the margin, and significant.
        trusted: Whether the estimate may be acted on.
        caveats: When not to trust it, in sentences; some always hold.
    """

    method: Literal["confidence", "direct_loss"]
    metric: str
    estimate: Interval
    reference: float
    dropped: bool
    trusted: bool
    caveats: tuple[str, ...] = ()


class SliceQuality(Value):
    """The realised metric among the rows with one value of a feature."""

    feature: str
    value: str
    rows: int
    interval: Interval | None
    dropped: bool = False


class RealisedQuality(Value):
    """How good the answers of a period turned out to be.

    Attributes:
        since: First moment of the period, in UTC; `until` is the first after it.
        rows: Rows that were answered in the period.
        labelled: Those of them whose outcome is known and valid.
        mature: Whether so many are known that the number may be acted on.
        interval: None where the metric means nothing on these rows.
        reference: The metric on the holdout.
        p_value: Of no drop beyond the margin; None where it was not tested.
        dropped: Whether the metric fell by more than the margin, significantly, in a mature period.
        caveats: What the number cannot tell, in sentences.
    """

    since: datetime
    until: datetime
    metric: str
    rows: int
    labelled: int
    mature: bool
    interval: Interval | None
    reference: Interval
    p_value: float | None = None
    dropped: bool = False
    slices: tuple[SliceQuality, ...] = ()
    caveats: tuple[str, ...] = ()


class LabelCounts(Value):
    """What became of the labels that were dropped.

    Attributes:
        joined: Predictions with a valid outcome.
        orphans: Labels that fit no prediction, kept for when one comes; of those by entity the newest day's.
        corrected: Predictions about which a later label said something else.
        invalid: Labels that name no class of the model, or no number.
        early: Labels from before their prediction.
        late: Labels from after their prediction's horizon.
        upcoming: Labels from the future, which count once it is there.
    """

    joined: int = 0
    orphans: int = 0
    corrected: int = 0
    invalid: int = 0
    early: int = 0
    late: int = 0
    upcoming: int = 0


class VersionShare(Value):
    """What one version answered in the window."""

    version: int
    calls: int
    rows: int


class Traffic(Value):
    """Calls of the version in the window; latencies are upper bounds of bins, in milliseconds."""

    calls: int
    rows: int
    failed: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    shares: tuple[VersionShare, ...] = ()


class MonitoringRecord(Value):
    """One look at one version.

    Attributes:
        cause: Id of the event that asked for the look.
        at: When it was asked for.
        made_at: When it was begun: what had been accepted by then is in it.
        since: Begin of the window, in UTC; a whole hour.
        until: Its end.
        metric: The one that decides, by scikit-learn's name; empty without a reference.
        answers: Drift of what was answered, by class.
        first_seen: The first hour in which this version is known to have answered anybody.
        skew: Of the first day's requests against the training rows; the same comparison, another question.
        realised: Periods with labels, oldest first.
        decision: What to do.
        reasons: Why, the most important first.
        notes: What was not looked at, or could not be read, in sentences.
        report_key: Of the page in the lake.
    """

    schema_version: int = 1
    model: str
    version: int
    run_id: str = ""
    metric: str = ""
    cause: str
    at: datetime
    made_at: datetime | None = None
    since: datetime
    until: datetime
    min_rows: int
    traffic: Traffic
    features: tuple[ColumnDrift, ...] = ()
    answers: tuple[ColumnDrift, ...] = ()
    first_seen: datetime | None = None
    skew: tuple[ColumnDrift, ...] = ()
    estimate: QualityEstimate | None = None
    realised: tuple[RealisedQuality, ...] = ()
    labels: LabelCounts | None = None
    decision: Decision
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    report_key: str = ""

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """Features that have drifted, in the record's order: the most harmful first."""
        return tuple(column for column in self.features if column.has_drifted)
