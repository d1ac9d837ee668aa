"""A version's turn at a call: its answer, or why it gave none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from tideline.errors import TidelineError, TransientError
from tideline.serving.answers import Prediction, interpret
from tideline.serving.deployment import DeployedVersion, Deployment
from tideline.serving.faults import InvalidInstances
from tideline.serving.instances import ModelInput
from tideline.serving.loaded_model import LoadedModel, RawAnswer
from tideline.serving.onnx_library import OnnxRuntimeError
from tideline.serving.problems import Problem
from tideline.serving.requests import PredictionRequest

RETRY_SOON_S = 1
RETRY_LATER_S = 10
_BREAKS_CONTRACT = 422


class Call(msgspec.Struct, frozen=True):
    """What all versions that are asked have in common.

    Attributes:
        time: Milliseconds since the epoch.
        ids: One an instance; a shadow answers under the same.
        entities: Whom each instance is about.
        caller: What keeps the caller on a version; None where chance decides.
    """

    deployment: Deployment
    request: PredictionRequest
    request_id: str
    time: int
    ids: Sequence[str]
    entities: Sequence[str | None]
    caller: str | None


class Answered(msgspec.Struct, frozen=True):
    """A version's answer.

    Attributes:
        rows: What the model was given, and `raw` what it gave.
        latency_ms: The version's own, without loading it.
    """

    entry: DeployedVersion
    rows: Sequence[ModelInput]
    raw: Sequence[RawAnswer]
    predictions: list[Prediction]
    latency_ms: float


class Failed(msgspec.Struct, frozen=True):
    """A version gave no answer.

    Attributes:
        error: Why, for the log: without anything of the instances' content.
        problem: What the caller is told where no other version answers.
    """

    entry: DeployedVersion
    error: str
    latency_ms: float
    problem: Problem

    @property
    def is_the_callers(self) -> bool:
        """Whether the instances break the version's signature."""
        return self.problem.status == _BREAKS_CONTRACT


Turn: TypeAlias = Answered | Failed


def take_turn(
    entry: DeployedVersion, loaded: LoadedModel, call: Call, *, stopwatch: Callable[[], float]
) -> Turn:
    """Let a loaded version answer."""
    started = stopwatch()
    try:
        rows = loaded.reader.read(call.request.instances)
        raw = loaded.score(rows)
        predictions = interpret(raw, ids=call.ids, signature=loaded.signature)
    except InvalidInstances as error:
        first = error.faults[0]
        told = f"instance {first.instance}, {first.field!r} breaks its signature"
        problem = _contract_problem(error)
    except OnnxRuntimeError as error:
        told = str(error)
        problem = Problem(503, "the model failed on these instances", retry_after_s=RETRY_LATER_S)
    except Problem as error:
        told, problem = error.detail, error
    else:
        return Answered(entry, rows, raw, predictions, _ms(stopwatch() - started))
    return Failed(entry, told, _ms(stopwatch() - started), problem)


def not_available(entry: DeployedVersion, error: TidelineError, *, took_s: float = 0.0) -> Failed:
    """Return the failure of a version that can't be loaded."""
    pause = RETRY_SOON_S if isinstance(error, TransientError) else RETRY_LATER_S
    return Failed(entry, str(error), _ms(took_s), unavailable(pause))


def unavailable(retry_after_s: int) -> Problem:
    """Return what a caller is told where nothing can be asked."""
    return Problem(503, "the model is not available right now", retry_after_s=retry_after_s)


def _contract_problem(error: InvalidInstances) -> Problem:
    detail = f"{error.total} faults" if error.total > 1 else error.message
    return Problem(422, detail, errors=error.faults, more=error.total - len(error.faults))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
