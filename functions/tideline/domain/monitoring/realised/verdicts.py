"""Which of many periods fell: tested as one family, so that quiet ones seldom raise an alarm.

Benjamini & Hochberg (1995), over all mature periods of one look. What is said of a period depends on what is
known of the others by now, never on the order in which any of it came in.
"""

from __future__ import annotations

from collections.abc import Sequence

from tideline.domain.monitoring.drift.discoveries import adjusted
from tideline.domain.monitoring.record import RealisedQuality


def with_verdicts(periods: Sequence[RealisedQuality], *, alpha: float) -> tuple[RealisedQuality, ...]:
    """Return the periods, in the order given, with `dropped` decided.

    Args:
        periods: Of one look; those that are not mature are no part of the family, and have not dropped.
        alpha: Level of a claim, one-sided.
    """
    tested = [place for place, period in enumerate(periods) if _is_tested(period)]
    corrected = adjusted([periods[place].p_value or 0.0 for place in tested])
    fallen = {place for place, p_value in zip(tested, corrected, strict=True) if p_value <= alpha}
    return tuple(
        period.model_copy(update={"dropped": place in fallen}) for place, period in enumerate(periods)
    )


def _is_tested(period: RealisedQuality) -> bool:
    return period.mature and period.p_value is not None
