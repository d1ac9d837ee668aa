"""Quality from confidence: a calibrated model says how often it is wrong.

Where a score of 0.7 is right in 70 of 100 rows, so are a window's: the expected confusion of each score bin,
summed, gives any metric without a label. Guillory et al. (2021) and Garg et al. (2022) do so for accuracy;
NannyML calls it confidence-based performance estimation (CBPE). It follows a shift of the features as far as
the scores show it, and by construction no change of what features mean.

For multiclass each class is calibrated against the rest; a row's probabilities then need not sum to 1, of
which counts can mend no more than the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, IndexArray
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.counting.counts import OutputCounts
from tideline.domain.monitoring.counting.score_bins import CENTRES
from tideline.domain.monitoring.estimation.calibration import interpolation, mean_scores
from tideline.domain.monitoring.estimation.count_metrics import ClassTally, metric_of_counts
from tideline.domain.monitoring.reference import MonitoringReference

# Puts the Monte Carlo error of a 95 % bound at 14 % of a standard error.
DRAWS = 400
# Of many classes: as many times classes as keep a look within seconds.
_MOST_CLASS_DRAWS = 8_000
_FEWEST_DRAWS = 100
# Fixed: the same counts and reference give the same interval.
_SEED = 5
# Rows that the score itself counts as beside a bin's: where none of 300 was hit, the chance is not none.
_PRIOR_ROWS = 1.0


def expected_metric(outputs: Mapping[str, OutputCounts], reference: MonitoringReference) -> float:
    """Return the metric that is expected for these outputs; NaN where it means nothing."""
    tallies = [_expected(outputs[name], _probabilities(reference, name)) for name in _classes(reference)]
    return float(metric_of_counts(reference.task, reference.metric, _consistent(tallies))[0])


def confidence_interval(
    outputs: Mapping[str, OutputCounts], reference: MonitoringReference, *, confidence: float
) -> Interval | None:
    """Return the metric expected for these outputs, with the interval of the one that will be realised.

    A parametric bootstrap: each draw has calibration probabilities of its own, from the Beta posteriors that
    the calibration bins' rows leave, and labels drawn by them.

    Args:
        outputs: By class.
        reference: With calibrations of the same classes.
        confidence: Such as 0.95.

    Returns:
        None where the metric means nothing, or probably will not, such as ROC AUC of so few rows that they
        may well be of one class.
    """
    estimate = expected_metric(outputs, reference)
    if not np.isfinite(estimate):
        return None
    classes, random = _classes(reference), np.random.default_rng(_SEED)
    draws = min(DRAWS, max(_FEWEST_DRAWS, _MOST_CLASS_DRAWS // len(classes)))
    tallies = [_drawn(outputs[name], reference, name, random, draws) for name in classes]
    values = metric_of_counts(reference.task, reference.metric, _consistent(tallies))
    known = values[np.isfinite(values)]
    if len(known) < draws / 2:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(
        estimate=estimate,
        low=min(float(low), estimate),
        high=max(float(high), estimate),
        confidence=confidence,
        resamples=draws,
        rows=sum(outputs[classes[0]].scores),
    )


def _classes(reference: MonitoringReference) -> tuple[str, ...]:
    """Return the classes that metrics are made of: of a binary task the positive one."""
    return reference.classes[1:] if reference.task == "binary" else reference.classes


def _means(reference: MonitoringReference, name: str) -> Doubles:
    return mean_scores(reference.calibration[name], np.array(reference.outputs[name].scores))


def _probabilities(reference: MonitoringReference, name: str) -> Doubles:
    of_bins = np.array(reference.calibration[name].probabilities)
    found: Doubles = of_bins @ interpolation(_means(reference, name))
    return found


def _expected(counts: OutputCounts, probabilities: Doubles) -> ClassTally:
    filled, named, other = _filled(counts)
    chance = probabilities[filled]
    return ClassTally(CENTRES[filled], named, other, (named * chance)[None, :], (other * chance)[None, :])


def _drawn(
    counts: OutputCounts, reference: MonitoringReference, name: str, random: np.random.Generator, draws: int
) -> ClassTally:
    calibration, means = reference.calibration[name], _means(reference, name)
    rows, level = np.array(calibration.rows), np.array(calibration.probabilities)
    hits, misses = level * rows + _PRIOR_ROWS * means, (1 - level) * rows + _PRIOR_ROWS * (1 - means)
    filled, named, other = _filled(counts)
    chance = random.beta(hits, misses, size=(draws, len(rows))) @ interpolation(means)[:, filled]
    labels = [random.binomial(many.astype(np.int64), np.clip(chance, 0, 1)) for many in (named, other)]
    return ClassTally(CENTRES[filled], named, other, *(one.astype(np.float64) for one in labels))


def _filled(counts: OutputCounts) -> tuple[IndexArray, Doubles, Doubles]:
    """Return the bins that hold rows, most hold none, with the rows named and not."""
    scores, named = np.array(counts.scores), np.array(counts.named)
    filled = np.flatnonzero(scores)
    return filled, named[filled].astype(np.float64), (scores - named)[filled].astype(np.float64)


def _consistent(tallies: Sequence[ClassTally]) -> list[ClassTally]:
    """Scale the hits of classes that were not named to as many as there are wrong answers.

    A row that is named wrongly is of one other class; drawn class by class they would not know of each other,
    and macro averages would vary less than they do.
    """
    if len(tallies) == 1:
        return list(tallies)
    wrong = sum(tally.named.sum() - tally.named_hits.sum(axis=1) for tally in tallies)
    found = sum(tally.other_hits.sum(axis=1) for tally in tallies)
    scale = np.divide(wrong, found, out=np.ones_like(found), where=found > 0)[:, None]
    return [replace(tally, other_hits=tally.other_hits * scale) for tally in tallies]
