"""Many tests, few false alarms: p-values adjusted for how many columns and windows are looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence


def adjusted(p_values: Sequence[float], *, earlier: Sequence[float] = ()) -> list[float]:
    """Return p-values adjusted so that few of those at or below a limit are false, in the same order.

    Benjamini & Hochberg (1995): of what is found at or below q, a share of at most q is expected to be false.
    Where nothing has drifted, every find is false, so that the chance of any in a window is at most q.

    The family is taken twice, and the larger of both counts: the columns of this window, and these with the
    columns of the windows before. With only the first, a hundred quiet windows would raise five alarms at
    q = 0.05. With only the second, an old drift that everybody knows of would loosen the limit for what is
    new: the procedure allows a false find for every twenty that are true.

    It holds for independent tests and for those that are positively dependent on each of the true nulls
    (PRDS; Benjamini & Yekutieli 2001), as columns that rise and fall together and windows that share rows
    are taken to be. Under any dependence whatever the share is at most q times 1 + 1/2 + ... + 1/m.

    Args:
        p_values: Of this window's columns.
        earlier: Of the windows before, unadjusted.

    Returns:
        What is not finite is no test: it stays NaN and counts among no family.
    """
    alone = _step_up(p_values)
    together = _step_up([*p_values, *earlier])[: len(p_values)]
    return [one if math.isnan(one) else max(one, other) for one, other in zip(alone, together, strict=True)]


def _step_up(p_values: Sequence[float]) -> list[float]:
    tested = [place for place, p_value in enumerate(p_values) if math.isfinite(p_value)]
    order = sorted(tested, key=lambda place: p_values[place], reverse=True)
    result, smallest = [math.nan] * len(p_values), 1.0
    for rank, place in zip(range(len(order), 0, -1), order, strict=True):
        smallest = min(smallest, p_values[place] * len(order) / rank)
        # Rounding must not make it smaller than the p-value itself.
        result[place] = max(p_values[place], smallest)
    return result
