"""What a stage brought, in half a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from cli.follow.history import Progress, Stage
from cli.words import count, score, size
from tideline.domain.training.run import Evaluated

_EVALUATE = "Evaluate"


def detail_of(stage: Stage, progress: Progress) -> str:
    """Return what a stage that is over brought; nothing where its output says nothing."""
    describe = _DETAILS.get(stage.name)
    if describe is None:
        return ""
    try:
        return describe(stage.output, progress)
    except (KeyError, TypeError, ValueError):
        # Written by another version of Tideline: the stage is shown all the same.
        return ""


def evaluation_of(stage: Stage) -> Evaluated | None:
    """Return the verdict that a stage handed on, if it is the one that judges and is over."""
    if stage.name != _EVALUATE or stage.output is None:
        return None
    try:
        return Evaluated.model_validate(stage.output)
    except ValidationError:
        # Of another version of Tideline; the run's own record tells it, too.
        return None


def _prepared(output: Any, _: Progress) -> str:
    rows, held = int(output["rows_train"]), int(output["rows_holdout"])
    trials = count(len(output["trials"]), "trial")
    return f"{count(rows, 'row')} to train on, {held:,} held out; {trials} planned"


def _tried(output: Any, _: Progress) -> str:
    best = max(output, key=lambda result: float(result["score"]))
    return f"best of {len(output)}: {best['trainer']}, {score(float(best['score']))} on validation rows"


def _fitted(output: Any, _: Progress) -> str:
    rounds, weight = count(int(output["rounds"]), "round"), size(int(output["size_bytes"]))
    return f"{output['trainer']}, {rounds}, {weight} of ONNX"


def _evaluated(output: Any, _: Progress) -> str:
    beside = "" if output.get("champion") is None else f" (champion {score(float(output['champion']))})"
    return f"{output['metric']} {score(float(output['candidate']))}{beside}"


def _registered(output: Any, _: Progress) -> str:
    return f"version {int(output['version'])}, {output['state']}"


def _rolled_back(output: Any, _: Progress) -> str:
    return f"version {int(output['champion'])} answers everybody"


def _deployed(output: Any, _: Progress) -> str:
    return f"deployment generation {int(output['generation'])}"


_DETAILS: dict[str, Callable[[Any, Progress], str]] = {
    "Prepare": _prepared,
    "Trials": _tried,
    "Fit": _fitted,
    _EVALUATE: _evaluated,
    "Register": _registered,
    "Deploy": _deployed,
    "RollBack": _rolled_back,
}
