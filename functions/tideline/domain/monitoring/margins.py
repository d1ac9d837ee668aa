"""How large a fall has to be before it counts: the spec's margin, but never less than rounding for errors.

`evaluation.margin` is in the metric's own unit. For metrics without a unit (shares, areas, likelihoods a row)
it is taken as it is. An error in the target's unit may be of any size, and the default of 0.005 would be
nothing at all for prices in dollars: there the fall must also be a twentieth of the reference, a tenth where
the error is squared.
"""

from __future__ import annotations

_LEAST_SHARE = {
    "neg_root_mean_squared_error": 0.05,
    "neg_mean_absolute_error": 0.05,
    "neg_mean_squared_error": 0.10,
}


def allowed_fall(metric: str, *, reference: float, margin: float) -> float:
    """Return by how much a metric, higher being better, may lie below its reference; never negative."""
    return max(margin, _LEAST_SHARE.get(metric, 0.0) * abs(reference))
