"""The prediction log: what was asked and answered, one line a call, for monitoring to read.

This is the one place where payloads are logged, and it is on purpose: drift and realised quality are
computed from it. Its lines have `type` "prediction" and nothing else has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tideline.serving.answers import Prediction

SCHEMA_VERSION = 1
# CloudWatch Logs cuts events at 256 KB (262,144 bytes less 26 of its own); the rest is for what Lambda adds.
MAX_LINE_BYTES = 240_000
_ROOM_FOR_COMMON = 2_000


class LoggedCall(msgspec.Struct, frozen=True):
    """What all predictions of a call have in common.

    Attributes:
        time: Milliseconds since the epoch.
        latency_ms: From the function's entry to the finished answer.
    """

    model: str
    version: int
    role: str
    generation: int
    request_id: str
    time: int
    latency_ms: float
    key: str | None
    type: str = "prediction"
    schema_version: int = SCHEMA_VERSION


class _LoggedPrediction(msgspec.Struct, frozen=True, omit_defaults=True):
    prediction_id: str
    features: Mapping[str, Any]
    value: float | str
    probabilities: dict[str, float] | None = None


_encoder = msgspec.json.Encoder()


def log_lines(
    call: LoggedCall, instances: Sequence[Mapping[str, Any]], predictions: Sequence[Prediction]
) -> Iterator[bytes]:
    """Return the call's lines, each a JSON object below `MAX_LINE_BYTES` but for giant single instances."""
    common = _encoder.encode(call)[:-1] + b',"predictions":['
    room = MAX_LINE_BYTES - _ROOM_FOR_COMMON
    line: list[bytes] = []
    size = 0
    for instance, answer in zip(instances, predictions, strict=True):
        logged = _LoggedPrediction(answer.prediction_id, instance, answer.value, answer.probabilities)
        part = _encoder.encode(logged)
        if line and size + len(part) > room:
            yield common + b",".join(line) + b"]}\n"
            line, size = [], 0
        line.append(part)
        size += len(part) + 1
    yield common + b",".join(line) + b"]}\n"
