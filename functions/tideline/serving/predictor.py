"""Answer a prediction request: the serving path from a model's name and a body to bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from tideline.errors import TidelineError, TransientError
from tideline.serving.answers import Answer, Explanation, Prediction, interpret
from tideline.serving.deployment import DeployedVersion, Deployment
from tideline.serving.deployment_cache import DeploymentCache
from tideline.serving.faults import InvalidInstances
from tideline.serving.instances import ModelInput
from tideline.serving.loaded_model import LoadedModel, RawAnswer
from tideline.serving.log_line import write_log
from tideline.serving.model_cache import ModelCache
from tideline.serving.onnx_library import OnnxRuntimeError
from tideline.serving.prediction_id import RANDOM_BYTES, prediction_ids
from tideline.serving.prediction_log import LoggedCall, log_lines
from tideline.serving.problems import Problem
from tideline.serving.requests import PredictionRequest, read_request

# Lambda's answers end at 6 MB; some of it is for the envelope and its escapes.
MAX_ANSWER_BYTES = 4 * 1024 * 1024
_RETRY_SOON_S = 1
_RETRY_LATER_S = 10

_encoder = msgspec.json.Encoder()


class Explainer(Protocol):
    """Says what the features added to answers."""

    def __call__(
        self, entry: DeployedVersion, rows: Sequence[ModelInput], raw: Sequence[RawAnswer]
    ) -> list[Explanation]:
        """Return an explanation of each row's answer; raises `Problem`."""
        ...


class Predictor:
    """Answers for every model.

    Args:
        deployments: Who answers for a model.
        models: Loaded versions.
        wall_clock: Seconds since the epoch.
        stopwatch: Seconds that never go back.
        random: Returns so many random bytes.
        write: Takes the prediction log's lines.
        explain: Asked only where the caller wants explanations; they are not logged.
    """

    def __init__(
        self,
        deployments: DeploymentCache,
        models: ModelCache,
        *,
        wall_clock: Callable[[], float],
        stopwatch: Callable[[], float],
        random: Callable[[int], bytes],
        write: Callable[[str], object],
        explain: Explainer,
    ) -> None:
        self._deployments = deployments
        self._models = models
        self._wall_clock = wall_clock
        self._stopwatch = stopwatch
        self._random = random
        self._write = write
        self._explain = explain
        # By model, the version that answered last: it goes on where a newer one can't be loaded.
        self._serving: dict[str, DeployedVersion] = {}

    def __call__(self, model: str, body: bytes, *, request_id: str) -> bytes:
        """Return the answer's JSON.

        Raises:
            Problem: with whatever the caller is to be told instead.
        """
        answer = _encoder.encode(self.answer(model, read_request(body), request_id=request_id))
        if len(answer) > MAX_ANSWER_BYTES:
            raise Problem(413, f"the answer would have {len(answer):,} bytes: ask for fewer instances")
        return answer

    def answer(self, model: str, request: PredictionRequest, *, request_id: str) -> Answer:
        """Return the answer to a request that has been read, whatever protocol it came by.

        Raises:
            Problem: with whatever the caller is to be told instead.
        """
        started = self._stopwatch()
        deployment = self._deployment(model)
        entry, loaded = self._champion(deployment)
        raw = _score(loaded, request)
        at_ms = int(self._wall_clock() * 1000)
        ids = prediction_ids(len(raw), at_ms=at_ms, random=self._random(RANDOM_BYTES))
        predictions = interpret(raw, ids=ids, signature=loaded.signature)
        call = LoggedCall(
            model=model,
            version=entry.version,
            role=entry.role,
            generation=deployment.generation,
            request_id=request_id,
            time=at_ms,
            latency_ms=round((self._stopwatch() - started) * 1000, 3),
            key=request.key,
        )
        explained = self._explained(entry, loaded, request, raw, predictions)
        for line in log_lines(call, request.instances, predictions):
            self._write(line.decode())
        return Answer(model, entry.version, explained)

    def _explained(
        self,
        entry: DeployedVersion,
        loaded: LoadedModel,
        request: PredictionRequest,
        raw: Sequence[RawAnswer],
        predictions: list[Prediction],
    ) -> list[Prediction]:
        """Return predictions with explanations where they are wanted; before anything is logged."""
        if not request.explain:
            return predictions
        explanations = self._explain(entry, loaded.reader.read(request.instances), raw)
        return [
            msgspec.structs.replace(prediction, explanation=explanation)
            for prediction, explanation in zip(predictions, explanations, strict=True)
        ]

    def _deployment(self, model: str) -> Deployment:
        try:
            deployment = self._deployments.get(model)
        except TidelineError as error:
            raise _unavailable(error, "deployment", model=model) from error
        if deployment is None:
            raise Problem(404, f"the model {model!r} has no live version")
        return deployment

    def _champion(self, deployment: Deployment) -> tuple[DeployedVersion, LoadedModel]:
        """Return the champion or, where it can't be loaded, the version that answered until now."""
        entry = deployment.champion
        try:
            loaded = self._models.get(entry)
        except TidelineError as error:
            previous = self._serving.get(deployment.model)
            kept = None if previous is None else self._models.peek(previous)
            problem = _unavailable(error, "artifact", model=deployment.model, version=entry.version)
            if previous is None or kept is None:
                raise problem from error
            return previous, kept
        self._serving[deployment.model] = entry
        return entry, loaded


def _score(loaded: LoadedModel, request: PredictionRequest) -> list[RawAnswer]:
    try:
        return loaded.score(loaded.reader.read(request.instances))
    except InvalidInstances as error:
        told = len(error.faults)
        detail = f"{error.total} faults" if error.total > 1 else error.message
        raise Problem(422, detail, errors=error.faults, more=error.total - told) from error
    except OnnxRuntimeError as error:
        write_log("ERROR", "the model failed", error=str(error))
        raise Problem(503, "the model failed on these instances", retry_after_s=_RETRY_LATER_S) from error


def _unavailable(error: TidelineError, what: str, **fields: object) -> Problem:
    write_log("ERROR", f"the {what} can't be used", error=str(error), **fields)
    pause = _RETRY_SOON_S if isinstance(error, TransientError) else _RETRY_LATER_S
    return Problem(503, "the model is not available right now", retry_after_s=pause)
