"""Calibration: whether of the rows given 30 % about 30 % come true.

Bins hold equally many rows rather than equally wide ranges (Naeini, Cooper & Hauskrecht 2015; Nixon et al.
2019, who compare both): with a rare class nearly all predictions lie in the lowest range, whose mean then is
all that an equally wide binning looks at, while the other bins hold a handful of rows.

The expected calibration error is biased upwards, for chance alone leaves a gap in every bin: a perfectly
calibrated model shows about ``sqrt(2 p (1 - p) / (pi m))`` with m rows a bin, 0.03 at p = 0.5 with 200 and
0.08 with 25 (Roelofs et al. 2022). Below some thousand rows compare it with that, and look at the bins'
intervals; it is for comparing versions on the same rows, not for a bar to clear.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.arrays import Doubles, Flags, FloatArray, IndexArray
from tideline.domain.evaluation.inference.proportions import wilson_interval
from tideline.domain.evaluation.inspection.findings import Calibration, ReliabilityBin

# Ten, as all of the papers above have it; fewer where a bin would get less than 20 rows, with which a share
# of a half is known to 0.2 either way.
MAX_BINS = 10
MIN_BIN_ROWS = 20


def calibrations(
    encoding: Encoding, *, y: FloatArray, raw: FloatArray, confidence: float
) -> tuple[Calibration, ...]:
    """Return one curve for the positive class, or for multiclass one for each class against the rest.

    Args:
        encoding: Task and classes.
        y: Class indices, shape ``(n,)``, at least one.
        raw: Probabilities, shape ``(n, k)``.
        confidence: Of the bins' intervals.

    Returns:
        Nothing for regression, which predicts no probabilities.
    """
    if encoding.task == "regression":
        return ()
    chosen = (1,) if encoding.task == "binary" else range(len(encoding.classes))
    return tuple(
        _calibration(encoding.classes[k], raw[:, k].astype(np.float64), y == k, confidence) for k in chosen
    )


def _calibration(label: str, predicted: Doubles, came_true: Flags, confidence: float) -> Calibration:
    order = np.argsort(predicted, kind="stable")
    bounds = _bounds(predicted[order])
    bins = tuple(
        _bin(predicted[order[start:end]], came_true[order[start:end]], confidence)
        for start, end in pairwise(bounds)
    )
    gaps = sum(found.rows * abs(found.predicted - found.observed.estimate) for found in bins)
    return Calibration(label=label, bins=bins, expected_calibration_error=gaps / len(predicted))


def _bounds(ordered: Doubles) -> IndexArray:
    """Return where bins begin, and the end; rows with one prediction stay together."""
    rows = len(ordered)
    bins = max(1, min(MAX_BINS, rows // MIN_BIN_ROWS))
    cuts = np.searchsorted(ordered, ordered[np.arange(bins) * rows // bins])
    return np.unique([0, *cuts, rows])


def _bin(predicted: Doubles, came_true: Flags, confidence: float) -> ReliabilityBin:
    return ReliabilityBin(
        low=float(predicted[0]),
        high=float(predicted[-1]),
        rows=len(predicted),
        predicted=float(predicted.mean()),
        observed=wilson_interval(int(came_true.sum()), len(came_true), confidence=confidence),
    )
