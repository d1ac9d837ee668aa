"""When to look again: often at first, and a bounded number of times in all."""

from __future__ import annotations

import math

from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, ReleaseStrategy, ShadowStrategy

# Each look is some transitions of a workflow, whose history holds 25,000 events.
MAX_LOOKS = 500
# Looks spread over a time that grows by this share each make 200 in a day from the first second on, and fewer
# than `MAX_LOOKS` in the longest time that a spec can say.
_GROWTH = 0.05
_SHARE_OF_STEP = 10


def wait_until_next_look(strategy: ReleaseStrategy, *, elapsed_s: float, limit_s: int) -> int:
    """Return the seconds to wait where a step is held.

    Args:
        strategy: Says how long a step is watched, or how often evidence is looked at.
        elapsed_s: Since the step began.
        limit_s: When it is not held any longer.
    """
    if isinstance(strategy, AbStrategy):
        wait = max(strategy.every, math.ceil(limit_s / MAX_LOOKS))
    else:
        wait = max(1, watched_s(strategy) // _SHARE_OF_STEP, math.ceil(elapsed_s * _GROWTH))
    return max(1, min(wait, math.ceil(limit_s - elapsed_s)))


def watched_s(strategy: ReleaseStrategy) -> int:
    """Return how long a step is watched before it is judged."""
    if isinstance(strategy, ShadowStrategy):
        return strategy.shadow
    return (
        strategy.every
        if isinstance(strategy, CanaryStrategy | AbStrategy)
        else CanaryStrategy(canary=(1,)).every
    )
