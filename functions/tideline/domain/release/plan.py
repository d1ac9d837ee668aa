"""A strategy as steps: what each gives the version under release, and for how long it is watched.

The step after the last is the promotion; a plan without steps is a release all at once.
"""

from __future__ import annotations

from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, ReleaseStrategy, ShadowStrategy
from tideline.domain.release.deployment import Role, Strategy
from tideline.domain.value import Value

_ALL = 100


class Step(Value):
    """What the version under release gets.

    Attributes:
        weight: Percent of callers that it answers.
        wait_s: Seconds until the step is judged for the first time.
    """

    role: Role
    weight: int
    wait_s: int


class ReleasePlan(Value):
    """The steps before the promotion, which is a step too: the last one, numbered from 1."""

    strategy: Strategy
    before: tuple[Step, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps there are, with the promotion."""
        return len(self.before) + 1

    def step(self, number: int) -> Step | None:
        """Return a step, or None for the promotion; raises `ValueError` for a number that is none."""
        if not 1 <= number <= self.steps:
            raise ValueError(f"there is no step {number} of {self.steps}")
        return self.before[number - 1] if number < self.steps else None


AT_ONCE = ReleasePlan(strategy="all-at-once")


def release_plan(strategy: ReleaseStrategy, *, first: bool) -> ReleasePlan:
    """Return the steps that a strategy means.

    Args:
        strategy: Of the spec, or of whoever asked.
        first: Whether nothing is live yet: then nobody answers beside it, and there is nothing to compare.
    """
    if first or strategy == "all-at-once":
        return AT_ONCE
    if isinstance(strategy, CanaryStrategy):
        shares = [share for share in strategy.canary if share < _ALL]
        steps = tuple(Step(role="challenger", weight=share, wait_s=strategy.every) for share in shares)
        return ReleasePlan(strategy="canary", before=steps)
    if isinstance(strategy, ShadowStrategy):
        return _watched("shadow", Step(role="shadow", weight=0, wait_s=strategy.shadow))
    if isinstance(strategy, AbStrategy):
        return _watched("ab", Step(role="challenger", weight=strategy.ab, wait_s=strategy.every))
    raise ValueError(f"{strategy!r} is not a strategy")


def _watched(strategy: Strategy, step: Step) -> ReleasePlan:
    return ReleasePlan(strategy=strategy, before=(step,))
