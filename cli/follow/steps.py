"""The steps of a release: what a shift has done, what the judge says of it, and both in words."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from cli.follow.history import Stage
from cli.words import count
from tideline.domain.contract.durations import format_duration
from tideline.domain.release.deployment import Strategy
from tideline.domain.release.judgement import Judgement
from tideline.domain.value import Value

V = TypeVar("V", bound=Value)
SHIFT, BAKE, JUDGE, HOLD, ROLL_BACK = "Shift", "Bake", "Judge", "Hold", "RollBack"
# They are told in words of their own.
TOLD_APART = frozenset({SHIFT, BAKE, JUDGE, HOLD})

_ALL = 100
_OUTCOMES = {
    "go_on": "goes on",
    "hold": "held for more evidence",
    "roll_back": "goes back",
    "over": "no longer under way",
}
QUEUED = "queued"
_NO_STEP = {
    QUEUED: "waits until the release that is under way has ended",
    "over": "something else has taken its place",
}


class Step(Value):
    """What a shift has done: one step of a release.

    Attributes:
        outcome: Whether there is a step: ``under_way`` or ``live``, or ``over`` or ``queued``.
        weight: Percent of callers that the version under release answers now.
        champion: The version that answers the others; None for a model's first.
        wait_s: Seconds until the judge looks.
        live: Whether the version is the champion with this.
    """

    step: int
    steps: int
    weight: int
    outcome: str = "under_way"
    champion: int | None = None
    generation: int = 0
    strategy: Strategy = "all-at-once"
    wait_s: int = 0
    live: bool = False

    @property
    def where(self) -> str:
        """Where the release is, in a word or two: ``canary 5 %``."""
        return "shadow" if self.strategy == "shadow" else f"{strategy_name(self.strategy)} {self.weight} %"


@dataclass(frozen=True)
class Pause:
    """A wait that is under way: a step is watched, or held where there is not enough evidence.

    Attributes:
        calls: Seen of both sides when the judge last looked at this step, None before.
    """

    step: Step
    held: bool
    spent_s: float
    total_s: float
    calls: int | None = None

    @property
    def text(self) -> str:
        """One line: ``canary 5 %: 3:20 of 10:00, 812 calls``."""
        where = f"{self.step.where}, held" if self.held else self.step.where
        seen = "" if self.calls is None else f", {count(self.calls, 'call')}"
        spent = min(self.spent_s, self.total_s)
        return f"{where}: {clock_face(spent)} of {clock_face(self.total_s)}{seen}"


def strategy_name(strategy: str) -> str:
    """Return what a strategy is called: ``A/B``, and the others as they are written."""
    return "A/B" if strategy == "ab" else strategy


def step_of(stage: Stage) -> Step | None:
    """Return the step that a shift began, if the stage is one that is over."""
    return _parsed(Step, stage, SHIFT, has=("step", "steps", "weight"))


def judgement_of(stage: Stage) -> Judgement | None:
    """Return what the judge said, if the stage is his and is over."""
    return _parsed(Judgement, stage, JUDGE, has=("outcome", "reasons"))


def told_step(version: int, step: Step) -> str:
    """Return what a step means for callers."""
    if step.outcome in _NO_STEP:
        return _NO_STEP[step.outcome]
    if step.live:
        return f"version {version} answers everybody"
    head = f"{strategy_name(step.strategy)} step {step.step} of {step.steps}"
    others = f"version {step.champion}" if step.champion else "the champion"
    if step.weight == 0:
        what = f"version {version} beside {others}, answering nobody"
    else:
        what = f"{step.weight} % to version {version}, {_ALL - step.weight} % to {others}"
    return f"{head}: {what}, for {format_duration(step.wait_s)}"


def told_judgement(version: int, step: Step | None, judgement: Judgement) -> str:
    """Return a judgement in one line, without its reasons."""
    champion = f"version {step.champion}" if step and step.champion else "the champion"
    calls = f"{count(judgement.challenger_calls, 'call')} of version {version}"
    return f"{_OUTCOMES[judgement.outcome]}: {calls}, {judgement.champion_calls:,} of {champion}"


def clock_face(seconds: float) -> str:
    """Return ``3:20``, or ``1:03:20`` from an hour on."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _parsed(kind: type[V], stage: Stage, name: str, *, has: tuple[str, ...]) -> V | None:
    found = _holding(stage.output, has) if stage.name == name else None
    if found is None:
        return None
    try:
        return kind.model_validate({field: found[field] for field in kind.model_fields if field in found})
    except ValidationError:
        # Written by another version of Tideline: the stage is shown all the same.
        return None


def _holding(output: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the outermost object with all these names: a state hands on what it got, too."""
    left = deque([output])
    while left:
        value = left.popleft()
        if not isinstance(value, dict):
            continue
        if all(name in value for name in names):
            return value
        left.extend(value.values())
    return None
