"""How a version goes live: the `release` section of a spec."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from tideline.domain.contract.durations import Duration, format_duration, parse_duration
from tideline.domain.contract.section import Section

# Each step is a few transitions of a workflow, whose history holds 25,000 events.
MAX_STEPS = 20


class CanaryStrategy(Section):
    """Shift traffic in steps, given in percent; after the last one the version is the champion.

    Attributes:
        every: How long a step is watched before it is judged, in seconds.
    """

    canary: tuple[Annotated[int, Field(ge=1, le=100)], ...] = Field(min_length=1, max_length=MAX_STEPS)
    every: Duration = parse_duration("10m")

    @field_validator("canary")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(after <= before for before, after in itertools.pairwise(value)):
            raise ValueError("each step has to be larger than the one before")
        return value


class ShadowStrategy(Section):
    """Answer nobody for a while, only compare; then, if nothing speaks against it, go live."""

    shadow: Duration


class AbStrategy(Section):
    """Answer a fixed share of callers until there is enough evidence for one side.

    Attributes:
        ab: Percent of callers that the challenger answers.
        every: How often the evidence is looked at, in seconds.
        within: After that long without enough evidence the champion stays, in seconds.
    """

    ab: int = Field(ge=1, le=99)
    every: Duration = parse_duration("1h")
    within: Duration = parse_duration("14d")


def _known_strategy(value: object) -> object:
    kinds: dict[str, type[Section]] = {
        "canary": CanaryStrategy,
        "shadow": ShadowStrategy,
        "ab": AbStrategy,
    }
    for name, kind in kinds.items():
        if isinstance(value, dict) and name in value:
            return kind.model_validate(value)
    if value != "all-at-once" and not isinstance(value, Section):
        raise ValueError("write all-at-once, {canary: [5, 25, 100], every: 10m}, {shadow: 1h} or {ab: 50}")
    return value


ReleaseStrategy = Annotated[
    Literal["all-at-once"] | CanaryStrategy | ShadowStrategy | AbStrategy, BeforeValidator(_known_strategy)
]


class GuardrailSpec(Section):
    """What a version under release must not do worse than the champion; all bounds are inclusive.

    Attributes:
        min_calls: Answered calls of the challenger before a step may be passed.
        patience: How long a step is held where they do not come in, in seconds.
        error_rate: How much higher its share of failed calls may be, as a difference of shares.
        slowdown: How many times slower it may be, in the median.
        shift: How far its answers' distribution may lie from the champion's: the largest difference between
            the two cumulative distributions (Kolmogorov-Smirnov).
    """

    min_calls: int = Field(default=100, ge=1)
    patience: Duration = parse_duration("1d")
    error_rate: float = Field(default=0.01, ge=0, lt=1)
    slowdown: float = Field(default=2.0, ge=1)
    shift: float = Field(default=0.2, ge=0, le=1)


# A workflow may wait for a year; what nobody has approved in a month is not going to be.
MAX_APPROVAL_S = parse_duration("30d")


class ReleaseSpec(Section):
    """How a registered version goes live.

    Attributes:
        newer: What a newer candidate does while another release is under way: wait until it has ended, or
            take its place.
    """

    approval: Literal["automatic", "required"] = "automatic"
    approval_within: Duration = parse_duration("7d")
    strategy: ReleaseStrategy = "all-at-once"
    guardrails: GuardrailSpec = GuardrailSpec()
    newer: Literal["wait", "supersede"] = "wait"

    @field_validator("approval_within")
    @classmethod
    def _not_forever(cls, value: int) -> int:
        if value > MAX_APPROVAL_S:
            raise ValueError(f"at most {format_duration(MAX_APPROVAL_S)}: a release waits for it that long")
        return value
