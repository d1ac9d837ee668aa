"""What to do about a look: nothing, warn a person, train anew, or wait for more rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tideline.domain.evaluation.verdict.check_words import number, shortened
from tideline.domain.evaluation.verdict.gate import MAX_REASONS
from tideline.domain.monitoring.record import ColumnDrift, Decision, QualityEstimate, RealisedQuality
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.monitoring.reliance import reliance_margin, relied_upon


def decide(
    features: Sequence[ColumnDrift],
    answers: Sequence[ColumnDrift],
    estimate: QualityEstimate | None,
    realised: Sequence[RealisedQuality],
    *,
    reference: MonitoringReference,
    since: datetime,
    margin: float,
) -> tuple[Decision, tuple[str, ...]]:
    """Decide by what was found, surest evidence first.

    ``retrain`` where the model has become worse, or is asked what it relies on in a way it never learnt:

    1. The newest mature period with labels shows a drop, tested against the margin: nothing is surer. An
       older period counts no more once a newer one is mature: it was acted upon, or has passed.
    2. A trusted estimate says that quality has dropped.
    3. A feature has drifted that the model relies on: shuffling it cost more than the margin. A feature whose
       importance was not measured counts as one of these: not knowing must not silence an alarm.
    4. The answers have drifted together with a feature, or with a drop that is suspected only. Features that
       tell the same share their importance, and each may seem of none; if they move together and matter, the
       answers move. And a shift of features that moves the answers has reached the model, whatever each
       feature's importance says on its own.

    Of these, 3 and 4 are expectations of harm. Where a mature period that reaches into the window shows that
    quality has not dropped, they warn: what came true outweighs what was to be feared.

    ``warn`` where something is to be looked at which training again would not be known to help:

    - Features have drifted that the model does without, and the answers have not: a covariate shift that
      costs nothing. A run would cost money, and its challenger could only be as good.
    - The answers alone have drifted: no feature says why, which points to many small shifts, to features
      that are not logged, or to a change in the service.
    - A drop is suspected: by an estimate that is not trusted, or in a slice of the newest mature period.

    ``undecided`` where there were too few rows to compare any column, and no mature labels; the labels and a
    trusted estimate are heard even then. Else ``stable``.

    Args:
        features: Of the window; those that were not tested count for nothing.
        answers: Of the window.
        estimate: Of the metric without labels.
        realised: Periods with labels, oldest first.
        reference: For importance, metric and quality.
        since: Begin of the window.
        margin: `evaluation.margin`, in the metric's unit.

    Returns:
        The decision and why, the most important first: of ``retrain`` also what alone would have warned.
    """
    loss = reliance_margin(margin, metric=reference.metric, quality=reference.quality.estimate)
    known = relied_upon(reference.importance, margin=loss)
    drifted = [column for column in features if column.has_drifted]
    moved = [column for column in answers if column.has_drifted]
    newest = _newest_mature(realised)
    suspicions = _suspicions(estimate, newest)
    proven = [*_realised_drop(newest), *_estimated_drop(estimate)]
    feared = [*_reliance(drifted, known, loss), *_moved_answers(moved, drifted, suspicions)]
    calmed = _no_drop_since(newest, since) if feared and not proven else []
    urgent = [] if calmed else [*proven, *feared]
    notable = [
        *calmed,
        *(feared if calmed else ()),
        *suspicions,
        *_harmless(drifted, known, loss),
        *_unexplained(moved, drifted, suspicions),
    ]
    if urgent:
        return "retrain", _bounded([*urgent, *notable])
    if notable:
        return "warn", _bounded(notable)
    return _quiet(features, answers, newest)


def _newest_mature(realised: Sequence[RealisedQuality]) -> RealisedQuality | None:
    return next((period for period in reversed(realised) if period.mature), None)


def _realised_drop(newest: RealisedQuality | None) -> list[str]:
    if newest is None or not newest.dropped:
        return []
    return [f"quality with labels has dropped: {_measured(newest)}"]


def _no_drop_since(newest: RealisedQuality | None, since: datetime) -> list[str]:
    if newest is None or newest.dropped or newest.until <= since:
        return []
    return [f"the outcomes that are known show no harm: {_measured(newest)}"]


def _estimated_drop(estimate: QualityEstimate | None) -> list[str]:
    if estimate is None or not (estimate.dropped and estimate.trusted):
        return []
    return [f"quality without labels is estimated to have dropped: {_estimated(estimate)}"]


def _reliance(drifted: Sequence[ColumnDrift], known: dict[str, bool], loss: float) -> list[str]:
    return [
        f"{column.name} has drifted, which the model relies on: {_worth(column, known, loss)};"
        f" {column.reason}"
        for column in drifted
        if known.get(column.name, True)
    ]


def _harmless(drifted: Sequence[ColumnDrift], known: dict[str, bool], loss: float) -> list[str]:
    return [
        f"{column.name} has drifted, which the model can do without: {_worth(column, known, loss)};"
        f" {column.reason}"
        for column in drifted
        if not known.get(column.name, True)
    ]


def _moved_answers(
    moved: Sequence[ColumnDrift], drifted: Sequence[ColumnDrift], suspicions: Sequence[str]
) -> list[str]:
    if not moved or not (drifted or suspicions):
        return []
    beside = f"with {len(drifted)} of the features" if drifted else "and quality may have dropped"
    return [f"the answers for {column.name} have drifted {beside}: {column.reason}" for column in moved]


def _unexplained(
    moved: Sequence[ColumnDrift], drifted: Sequence[ColumnDrift], suspicions: Sequence[str]
) -> list[str]:
    if drifted or suspicions:
        return []
    return [
        f"the answers for {column.name} have drifted, and no feature says why: {column.reason}"
        for column in moved
    ]


def _suspicions(estimate: QualityEstimate | None, newest: RealisedQuality | None) -> list[str]:
    found = []
    if estimate is not None and estimate.dropped and not estimate.trusted:
        found.append(f"an estimate that is not trusted says that quality has dropped: {_estimated(estimate)}")
    slices = newest.slices if newest and not newest.dropped else ()
    found += [
        f"quality has dropped where {one.feature} is {one.value} ({one.rows:,} rows)"
        for one in slices
        if one.dropped
    ]
    return found


def _quiet(
    features: Sequence[ColumnDrift], answers: Sequence[ColumnDrift], newest: RealisedQuality | None
) -> tuple[Decision, tuple[str, ...]]:
    judged = [column for column in (*features, *answers) if column.verdict == "stable"]
    if not judged and newest is None:
        few = next((column.reason for column in (*features, *answers) if column.verdict == "too_few"), "")
        return "undecided", (f"too few rows to tell: {few}" if few else "there was nothing to compare",)
    told = [f"none of {len(judged)} features and answers has drifted"] if judged else []
    told += [f"quality with labels has not dropped: {_measured(newest)}"] if newest else []
    return "stable", tuple(told)


def _worth(column: ColumnDrift, known: dict[str, bool], loss: float) -> str:
    if column.name not in known:
        return "its importance was not measured"
    compared = "more" if known[column.name] else "no more"
    mean = "" if column.importance is None else f" ({number(column.importance)} on average)"
    return f"shuffling it cost {compared} than {number(loss)} of the metric{mean}"


def _measured(period: RealisedQuality) -> str:
    held = "unknown" if period.interval is None else number(period.interval.estimate)
    return (
        f"{period.metric} {held} from {period.since:%Y-%m-%d %H:%M} on, {number(period.reference.estimate)}"
        f" on the holdout, {period.labelled:,} of {period.rows:,} outcomes known"
    )


def _estimated(estimate: QualityEstimate) -> str:
    return (
        f"{estimate.metric} {number(estimate.estimate.estimate)}, where the same estimate says"
        f" {number(estimate.reference)} of the holdout"
    )


def _bounded(reasons: Sequence[str]) -> tuple[str, ...]:
    """Reasons travel in events: few enough, and short."""
    more = len(reasons) - MAX_REASONS
    told = [shortened(reason) for reason in reasons[:MAX_REASONS]]
    return (*told, f"and {more} more, in the report") if more > 0 else tuple(told)
