"""The log line of a prediction, found by the prediction's id: it names the version that answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cli.errors import CliError, UsageFault
from cli.target import Target
from tideline.adapters.aws_errors import error_code
from tideline.serving.prediction_id import made_at_ms

# An id holds the time of its call; the line is written within the function's 29 seconds, and may wait a
# little for the log's own clock.
_BEFORE_MS, _AFTER_MS = 60_000, 300_000


@dataclass(frozen=True)
class LoggedPrediction:
    """What the log says of a prediction.

    Attributes:
        made_at: By the prediction's id.
    """

    prediction_id: str
    model: str
    version: int
    role: str
    generation: int
    request_id: str
    made_at: datetime


def find_prediction(target: Target, prediction_id: str) -> LoggedPrediction:
    """Return what is logged of a prediction.

    Raises:
        UsageFault: the id is not one of a prediction.
        CliError: its line is not in the log, or there is no log.
    """
    try:
        at_ms = made_at_ms(prediction_id)
    except ValueError as exc:
        raise UsageFault(f"{exc}: `tideline predict` and the API's answers tell it") from exc
    made_at = datetime.fromtimestamp(at_ms / 1000, UTC)
    group = f"/aws/lambda/{target.output('PredictFunction')}"
    wanted = prediction_id.lower()
    unheard = None
    for line in _lines(target, group, wanted, at_ms=at_ms):
        if not any(each.get("prediction_id") == wanted for each in line.get("predictions", ())):
            continue
        if _was_told(line):
            return LoggedPrediction(
                prediction_id=wanted,
                model=str(line["model"]),
                version=int(line["version"]),
                role=str(line["role"]),
                generation=int(line["generation"]),
                request_id=str(line["request_id"]),
                made_at=made_at,
            )
        unheard = line
    if unheard is not None:
        raise CliError(
            f"the log {group} holds of prediction {prediction_id} only what {_unheard(unheard)}: no caller"
            " was given that. The answer's own line may come a minute later"
        )
    raise CliError(
        f"the log {group} has no prediction {prediction_id} around {made_at:%Y-%m-%d %H:%M:%S} UTC: it was"
        " made elsewhere, or the log has forgotten it (a log group keeps its lines for a time), or it comes"
        " a minute later, or its call was not among those that `capture.sample` logs; a call that failed"
        " is logged without predictions. The answer to the call named the version, too:"
        " `tideline lineage MODEL VERSION`"
    )


def _was_told(line: Mapping[str, Any]) -> bool:
    """Return whether a caller got this: a shadow answers under the same id, and for the log alone."""
    return line.get("role") != "shadow" and line.get("error") is None


def _unheard(line: Mapping[str, Any]) -> str:
    name = f"version {line.get('version')} of {line.get('model')}"
    return f"{name} did when it failed" if line.get("error") is not None else f"{name} said as a shadow"


def _lines(target: Target, group: str, prediction_id: str, *, at_ms: int) -> Iterator[Mapping[str, Any]]:
    pages = target.logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        startTime=at_ms - _BEFORE_MS,
        endTime=at_ms + _AFTER_MS,
        # In quotes, for a bare term may not hold a hyphen.
        filterPattern=f'"{prediction_id}"',
    )
    try:
        for page in pages:
            yield from filter(None, (_parse(event.get("message", "")) for event in page["events"]))
    except ClientError as exc:
        if error_code(exc) != "ResourceNotFoundException":
            raise
        raise CliError(f"there is no log group {group}: nothing was ever predicted here") from exc


def _parse(message: str) -> Mapping[str, Any] | None:
    """Return the prediction's line in a log message, None where it is another line."""
    try:
        line = json.loads(message)
    except ValueError:
        return None
    return line if isinstance(line, dict) and line.get("type") == "prediction" else None
