"""When an estimate may be acted on, and what to say where it may not."""

from __future__ import annotations

from collections.abc import Iterator

from tideline.domain.monitoring.counting.counts import ColumnCounts, NumberCounts, WindowCounts
from tideline.domain.monitoring.estimation.reference_bins import profile_rows, shares, window_rows
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import ColumnProfile

CONCEPT_DRIFT = (
    "an estimate without labels cannot see a change of the relation between features and target"
    " (concept drift)"
)
# Of a class: with fewer the shares of hits that it is calibrated by are known to no better than 0.1.
MIN_CLASS_ROWS = 25
MIN_HOLDOUT_ROWS = 200
# Where so much of a feature lies where the holdout had next to nothing, nobody knows how good answers are.
FOREIGN_SHARE = 0.10
# Where as many answers share one bin of scores, their order, of which ranks are made, is not in the counts.
CROWDED_SHARE = 0.5
LEAST_EXPLAINED = 0.01
_RANKS = frozenset({"roc_auc", "average_precision"})
_NAMED = 3


def doubts(counts: WindowCounts, reference: MonitoringReference, *, min_rows: int) -> tuple[str, ...]:
    """Return why the estimate may not be acted on; nothing where it may."""
    found = [*_few_rows(counts, min_rows), *_foreign(counts, reference)]
    found += _of_loss(reference) if reference.task == "regression" else _of_confidence(reference)
    return tuple(found)


def foreign_share(counts: ColumnCounts, profile: ColumnProfile) -> float:
    """Return the share of rows whose value the reference hardly knows.

    Beyond its smallest and largest number, or a category that it does not count; missing values and other
    categories as far as there are more of them than in the reference.
    """
    rows = window_rows(counts)
    if not rows.sum():
        return 0.0
    more = shares(rows) - shares(profile_rows(profile))
    beyond = (counts.below + counts.above) / rows.sum() if isinstance(counts, NumberCounts) else 0.0
    return float(max(more[-1], 0.0) + max(more[-2], 0.0) + beyond)


def _few_rows(counts: WindowCounts, min_rows: int) -> Iterator[str]:
    if counts.rows < min_rows:
        yield f"{counts.rows:,} rows are too few: at least {min_rows:,} are asked for"


def _foreign(counts: WindowCounts, reference: MonitoringReference) -> Iterator[str]:
    # What a model does not use may be as foreign as it likes.
    unused = {one.feature for one in reference.importance if one.drop <= 0}
    found = {
        name: share
        for name, column in counts.features.items()
        if name in reference.features
        and name not in unused
        and (share := foreign_share(column, reference.features[name])) > FOREIGN_SHARE
    }
    worst = sorted(found, key=lambda name: (-found[name], name))
    for name in worst[:_NAMED]:
        yield f"{found[name]:.0%} of {name!r} is missing or lies where the reference had next to nothing"
    if len(worst) > _NAMED:
        yield f"so does much of {len(worst) - _NAMED} further features"


def _of_confidence(reference: MonitoringReference) -> Iterator[str]:
    if reference.rows < MIN_HOLDOUT_ROWS:
        yield f"{reference.rows:,} holdout rows are too few to calibrate by: at least {MIN_HOLDOUT_ROWS}"
    for name, calibration in reference.calibration.items():
        hits = sum(calibration.hits)
        if hits < MIN_CLASS_ROWS:
            yield f"only {hits} holdout rows are {name[:40]!r}: to calibrate, {MIN_CLASS_ROWS} are needed"
    if reference.metric in _RANKS:
        scores = reference.outputs[reference.classes[-1]].scores
        crowd = max(scores) / max(sum(scores), 1)
        if crowd > CROWDED_SHARE:
            yield f"{crowd:.0%} of the holdout's scores lie within 0.001: too close to read ranks off"


def _of_loss(reference: MonitoringReference) -> Iterator[str]:
    if reference.loss and reference.loss.explained < LEAST_EXPLAINED:
        yield "features and answers explain next to nothing of the holdout's loss: no change could be told"
