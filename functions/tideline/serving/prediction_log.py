"""The prediction log: what was asked and answered, a line for each call and version, for others to read.

This is the one place where payloads are logged, and it is on purpose: drift, realised quality and the
judgement of releases are computed from it. Its lines have `type` "prediction" and nothing else has; their
shape is `tideline.domain.prediction_log`, held together by a contract test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from tideline.serving.deployment import DeployedVersion
from tideline.serving.private import logged_features, logged_person
from tideline.serving.turn import Answered, Call, Failed

SCHEMA_VERSION = 2
# CloudWatch Logs cuts events at 256 KB (262,144 bytes less 26 of its own); the rest is for what Lambda adds.
MAX_LINE_BYTES = 240_000
# Key and error are the long ones: 256 and 500 characters, of up to six bytes each in JSON.
_ROOM_FOR_COMMON = 6_000
_ROOM = MAX_LINE_BYTES - _ROOM_FOR_COMMON
_LONGEST_ERROR = 500
_HASH_BYTES = 8
_HASHES = float(1 << 8 * _HASH_BYTES)


class _LoggedCall(msgspec.Struct, frozen=True):
    model: str
    version: int
    role: str
    generation: int
    release_id: str
    step: int
    request_id: str
    time: int
    latency_ms: float
    key: str | None
    error: str | None = None
    instead_of: int | None = None
    type: str = "prediction"
    schema_version: int = SCHEMA_VERSION


class _LoggedPrediction(msgspec.Struct, frozen=True, omit_defaults=True):
    prediction_id: str
    features: Mapping[str, Any]
    value: float | str
    entity: str | None = None
    probabilities: dict[str, float] | None = None


_encoder = msgspec.json.Encoder()


class PredictionLog:
    """Writes lines; of a call all that its versions did, or nothing.

    Args:
        write: Takes a line.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def answered(self, call: Call, answered: Answered, *, instead_of: int | None = None) -> None:
        """Log a version's answer."""
        if not is_sampled(call.request_id, share=call.deployment.capture.sample):
            return
        common = _common(call, answered.entry, answered.latency_ms, instead_of=instead_of)
        for line in _lines(common, _predictions(call, answered)):
            self._write(line.decode())

    def failed(self, call: Call, failed: Failed) -> None:
        """Log that a version gave no answer."""
        if not is_sampled(call.request_id, share=call.deployment.capture.sample):
            return
        error = failed.error[:_LONGEST_ERROR]
        common = _common(call, failed.entry, failed.latency_ms, error=error)
        for line in _lines(common, ()):
            self._write(line.decode())


def is_sampled(request_id: str, *, share: float) -> bool:
    """Return whether a call is among the share of calls that is logged: by its id, the same every time."""
    if share >= 1:
        return True
    digest = blake2b(request_id.encode(), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest) < share * _HASHES


def _common(
    call: Call,
    entry: DeployedVersion,
    latency_ms: float,
    *,
    error: str | None = None,
    instead_of: int | None = None,
) -> _LoggedCall:
    deployment, rollout = call.deployment, call.deployment.rollout
    signature, salt = entry.signature, deployment.capture.salt
    key = call.request.key or logged_person(call.caller, signature=signature, salt=salt)
    return _LoggedCall(
        model=deployment.model,
        version=entry.version,
        role=entry.role,
        generation=deployment.generation,
        release_id=rollout.release_id if rollout else "",
        step=rollout.step if rollout else 0,
        request_id=call.request_id,
        time=call.time,
        latency_ms=latency_ms,
        key=key,
        error=error,
        instead_of=instead_of,
    )


def _predictions(call: Call, answered: Answered) -> Iterator[bytes]:
    signature, salt = answered.entry.signature, call.deployment.capture.salt
    given = zip(call.request.instances, call.entities, answered.predictions, strict=True)
    for instance, entity, answer in given:
        logged = _LoggedPrediction(
            answer.prediction_id,
            logged_features(instance, signature=signature, salt=salt),
            answer.value,
            logged_person(entity, signature=signature, salt=salt),
            answer.probabilities,
        )
        yield _fitting(logged)


def _fitting(logged: _LoggedPrediction) -> bytes:
    """Return JSON that has room in a line: without texts where it had none, for a cut line is a lost row."""
    encoded = _encoder.encode(logged)
    if len(encoded) <= _ROOM:
        return encoded
    rest = {name: value for name, value in logged.features.items() if not isinstance(value, str)}
    return _encoder.encode(msgspec.structs.replace(logged, features=rest))


def _lines(call: _LoggedCall, predictions: Iterable[bytes]) -> Iterator[bytes]:
    """Return JSON objects, each below `MAX_LINE_BYTES`."""
    common = _encoder.encode(call)[:-1] + b',"predictions":['
    line: list[bytes] = []
    size = 0
    for part in predictions:
        if line and size + len(part) > _ROOM:
            yield common + b",".join(line) + b"]}\n"
            line, size = [], 0
        line.append(part)
        size += len(part) + 1
    yield common + b",".join(line) + b"]}\n"
