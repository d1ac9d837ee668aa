"""What the gate asks of a candidate: each question a value with its numbers, its answer and its words.

The report stores the values; the event, the command line and the model card say them through `text`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tideline.domain.evaluation.intervals import Interval
from tideline.domain.value import Value

# The margin is inclusive, and 0.8 - 0.805 is not quite -0.005 in binary fractions.
_ROUNDING = 1e-12


class FloorCheck(Value):
    """Is it better than the best constant answer, beyond chance? `gain` is the paired difference."""

    code: Literal["floor"] = "floor"
    metric: str
    candidate: float
    floor: float
    gain: Interval

    @property
    def passed(self) -> bool:
        """Whether the whole interval of the gain lies above 0."""
        return self.gain.low > 0

    @property
    def text(self) -> str:
        """Say it to a person."""
        verb = "beats" if self.passed else "does not beat"
        return (
            f"{self.metric} {_number(self.candidate)} {verb} the {_number(self.floor)} of a constant answer"
            f" (gain {_with_interval(self.gain)})"
        )


class MinimumCheck(Value):
    """Does it reach the spec's `minimum`, inclusive?"""

    code: Literal["minimum"] = "minimum"
    metric: str
    candidate: float
    minimum: float

    @property
    def passed(self) -> bool:
        """Whether the estimate is the minimum or more."""
        return self.candidate >= self.minimum

    @property
    def text(self) -> str:
        """Say it to a person."""
        verb = "reaches" if self.passed else "is below"
        return f"{self.metric} {_number(self.candidate)} {verb} the minimum of {_number(self.minimum)}"


class ChampionCheck(Value):
    """Is it no worse than the champion by more than the spec's `margin`, inclusive?"""

    code: Literal["champion"] = "champion"
    metric: str
    version: int
    candidate: float
    champion: float
    difference: Interval
    margin: float

    @property
    def passed(self) -> bool:
        """Whether the estimated difference, candidate minus champion, is -margin or more."""
        return self.difference.estimate >= -self.margin - _ROUNDING

    @property
    def text(self) -> str:
        """Say it to a person."""
        finding = "no worse" if self.passed else "worse"
        return (
            f"{self.metric} {_number(self.candidate)} against {_number(self.champion)} of version"
            f" {self.version} on the same rows: {finding} by more than the margin of {_number(self.margin)}"
            f" (difference {_with_interval(self.difference)})"
        )


class NoChampion(Value):
    """There is nothing to compare with; `version` and `cause` name a champion that is not comparable."""

    code: Literal["no_champion"] = "no_champion"
    version: int | None = None
    cause: str | None = None

    @property
    def passed(self) -> bool:
        """Nothing stands against the candidate here."""
        return True

    @property
    def text(self) -> str:
        """Say it to a person."""
        if self.version is None:
            return "no version is live yet to compare with"
        return f"not compared with version {self.version}, which is live: {self.cause}"


Check = Annotated[FloorCheck | MinimumCheck | ChampionCheck | NoChampion, Field(discriminator="code")]


def _with_interval(interval: Interval) -> str:
    return (
        f"{interval.estimate:+.4g}, {interval.confidence * 100:g} % interval"
        f" {_number(interval.low)} to {_number(interval.high)}"
    )


def _number(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 readable either way
