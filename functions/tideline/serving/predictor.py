"""Answer a prediction request: the serving path from a model's name and a body to bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from tideline.errors import TidelineError, TransientError
from tideline.serving import metrics
from tideline.serving.answers import Answer, Explanation, Prediction
from tideline.serving.challenger import Challengers
from tideline.serving.deployment import DeployedVersion, Deployment
from tideline.serving.deployment_cache import DeploymentCache
from tideline.serving.instances import ModelInput
from tideline.serving.loaded_model import LoadedModel, RawAnswer
from tideline.serving.log_line import write_log
from tideline.serving.model_cache import ATTEMPTS, ModelCache
from tideline.serving.prediction_id import RANDOM_BYTES, prediction_ids
from tideline.serving.prediction_log import PredictionLog
from tideline.serving.problems import Problem
from tideline.serving.requests import PredictionRequest, read_request
from tideline.serving.routing import caller, entities, route
from tideline.serving.shadow import Shadows
from tideline.serving.turn import (
    RETRY_LATER_S,
    RETRY_SOON_S,
    Answered,
    Call,
    Failed,
    Turn,
    not_available,
    take_turn,
    unavailable,
)

# A caller who can be answered by the version before should not wait for retries.
_ATTEMPTS_BESIDE_ANOTHER = 1
# Lambda's answers end at 6 MB; some of it is for the envelope and its escapes.
MAX_ANSWER_BYTES = 4 * 1024 * 1024

# Problems of an answer that another version may not have: no explanation, or none that can be used.
_THE_VERSIONS_OWN = frozenset({409, 503})

T = TypeVar("T")

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
        challengers: Asks those that are being released.
        shadows: Let those answer that nobody hears.
        log: The prediction log.
        explain: Asked only where the caller wants explanations; they are not logged.
        wall_clock: Seconds since the epoch.
        stopwatch: Seconds that never go back.
        random: Returns so many random bytes.
    """

    def __init__(
        self,
        deployments: DeploymentCache,
        models: ModelCache,
        *,
        challengers: Challengers,
        shadows: Shadows,
        log: PredictionLog,
        explain: Explainer,
        wall_clock: Callable[[], float],
        stopwatch: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._deployments = deployments
        self._models = models
        self._challengers = challengers
        self._shadows = shadows
        self._log = log
        self._explain = explain
        self._wall_clock = wall_clock
        self._stopwatch = stopwatch
        self._random = random
        # By model, the version that answered last: it goes on where a newer one can't be loaded.
        self._serving: dict[str, DeployedVersion] = {}

    def __call__(self, model: str, body: bytes, *, request_id: str) -> bytes:
        """Return the answer's JSON.

        Raises:
            Problem: with whatever the caller is to be told instead.
        """
        return self.shaped(model, read_request(body), request_id=request_id, shape=_json)

    def shaped(
        self, model: str, request: PredictionRequest, *, request_id: str, shape: Callable[[Answer], T]
    ) -> T:
        """Return what `shape` makes of the answer, whatever protocol that is.

        Only then is the answer logged as given, and shadows follow: `shape` may refuse it by a `Problem`.

        Raises:
            Problem: with whatever the caller is to be told instead.
        """
        deployment = self.deployment(model)
        random = self._random(RANDOM_BYTES)
        call = self._call(deployment, request, request_id=request_id, random=random)
        answered, failed = self._answered(call, random)
        try:
            shown = shape(self._answer(call, answered))
        except Problem as problem:
            if answered.entry.role != "challenger" or problem.status not in _THE_VERSIONS_OWN:
                self._report_all(call, failed)
                raise
            # It has no explanation, say: the champion may have one, and if not, nobody is to blame.
            failed.append(Failed(answered.entry, problem.detail, answered.latency_ms, problem))
            answered = self._by_champion_at_last(call, failed)
            shown = shape(self._answer(call, answered))
        self._report_all(call, failed)
        instead_of = failed[0].entry.version if failed else None
        self._log.answered(call, answered, instead_of=instead_of)
        self._shadows.follow(call)
        return shown

    def _answer(self, call: Call, answered: Answered) -> Answer:
        version = answered.entry.version
        return Answer(call.deployment.model, version, self._shown(answered, call.request))

    def _shown(self, answered: Answered, request: PredictionRequest) -> list[Prediction]:
        """Return the predictions, with explanations where they are wanted."""
        if not request.explain:
            return answered.predictions
        explanations = self._explain(answered.entry, answered.rows, answered.raw)
        return [
            msgspec.structs.replace(prediction, explanation=explanation)
            for prediction, explanation in zip(answered.predictions, explanations, strict=True)
        ]

    def _call(
        self, deployment: Deployment, request: PredictionRequest, *, request_id: str, random: bytes
    ) -> Call:
        at_ms = int(self._wall_clock() * 1000)
        about = entities(request.instances, deployment.champion.signature)
        return Call(
            deployment=deployment,
            request=request,
            request_id=request_id,
            time=at_ms,
            ids=prediction_ids(len(request.instances), at_ms=at_ms, random=random),
            entities=about,
            caller=caller(request.key, about),
        )

    def _answered(self, call: Call, random: bytes) -> tuple[Answered, list[Failed]]:
        """Return the answer of whose turn it is or of who stands in, and those who failed before it.

        Raises:
            Problem: the champion's, after all failures are reported; instances that break its signature are
                nobody's.
        """
        failed: list[Failed] = []
        if len(call.deployment.versions) > 1:
            chosen = route(call.deployment, caller=call.caller, random=random)
            if chosen.role != "champion":
                turn = self._challengers.ask(chosen, call)
                if isinstance(turn, Answered):
                    return turn, failed
                failed.append(turn)
        return self._by_champion_at_last(call, failed), failed

    def _by_champion_at_last(self, call: Call, failed: list[Failed]) -> Answered:
        """Return the champion's answer or its stand-in's.

        Raises:
            Problem: as `_answered`.
        """
        turn = self._by_champion(call, failed)
        if isinstance(turn, Answered):
            return turn
        for each in (*failed, turn):
            if not (turn.is_the_callers and each.is_the_callers):
                self._report(call, each)
        raise turn.problem

    def _by_champion(self, call: Call, failed: list[Failed]) -> Turn:
        """Let the champion answer or, where it can't be loaded, the version that answered until now."""
        entry = call.deployment.champion
        stand_in = self._stand_in(call.deployment, entry)
        attempts = ATTEMPTS if stand_in is None else _ATTEMPTS_BESIDE_ANOTHER
        try:
            loaded = self._models.get(entry, attempts=attempts)
        except TidelineError as error:
            failure = not_available(entry, error)
            if stand_in is None:
                return failure
            failed.append(failure)
            return take_turn(*stand_in, call, stopwatch=self._stopwatch)
        self._serving[call.deployment.model] = entry
        return take_turn(entry, loaded, call, stopwatch=self._stopwatch)

    def _stand_in(
        self, deployment: Deployment, champion: DeployedVersion
    ) -> tuple[DeployedVersion, LoadedModel] | None:
        """Return the version that answered last, if it is another, still loaded and nobody rolled it back."""
        previous = self._serving.get(deployment.model)
        if previous is None or previous.key == champion.key:
            return None
        kept = self._models.peek(previous)
        return (previous, kept) if kept and deployment.may_stand_in(previous.version) else None

    def _report_all(self, call: Call, failed: Sequence[Failed]) -> None:
        for each in failed:
            self._report(call, each)

    def _report(self, call: Call, failed: Failed) -> None:
        """Say in the log, in the prediction log and in a metric that a version did not answer."""
        entry, model = failed.entry, call.deployment.model
        write_log(
            "WARNING",
            "a version gave no answer",
            model=model,
            version=entry.version,
            role=entry.role,
            request_id=call.request_id,
            error=failed.error,
        )
        metrics.count(metrics.VERSION_FAILED, model=model, version=entry.version)
        self._log.failed(call, failed)

    def load(self, entry: DeployedVersion) -> None:
        """Have a version ready; raises `Problem` where it can't be loaded."""
        try:
            self._models.get(entry)
        except TidelineError as error:
            raise not_available(entry, error).problem from error

    def deployment(self, model: str) -> Deployment:
        """Return who answers for a model; raises `Problem`, 404 where nobody does."""
        try:
            deployment = self._deployments.get(model)
        except TidelineError as error:
            write_log("ERROR", "the deployment can't be read", model=model, error=str(error))
            pause = RETRY_SOON_S if isinstance(error, TransientError) else RETRY_LATER_S
            raise unavailable(pause) from error
        if deployment is None:
            raise Problem(404, f"the model {model!r} has no live version")
        return deployment


def _json(answer: Answer) -> bytes:
    body = _encoder.encode(answer)
    if len(body) > MAX_ANSWER_BYTES:
        raise Problem(413, f"the answer would have {len(body):,} bytes: ask for fewer instances")
    return body
