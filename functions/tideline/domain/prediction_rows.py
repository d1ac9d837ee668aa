"""Calls of the prediction log as rows of its table, and what a file of rows is named after."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from sys import float_info
from typing import Any

from tideline.domain.prediction_log import LoggedCall, LoggedPrediction

# What tells a row: `prediction_id` and `version`.
Identity = tuple[str, int]
Row = dict[str, Any]

# As `tideline.serving.prediction_id` makes them: the digits after the version count a call's instances.
_VERSION_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def rows(call: LoggedCall) -> Iterator[Row]:
    """Return a row for each prediction, by the columns' names; `time` in milliseconds since the epoch.

    A call that came to no prediction is one row too, under its request's id and version: failures count.
    """
    common = {
        "time": call.time,
        "version": call.version,
        "role": call.role,
        "generation": call.generation,
        "release_id": call.release_id,
        "step": call.step,
        "request_id": call.request_id,
        "caller": call.key,
        "latency_ms": call.latency_ms,
        "error": call.error,
        "instead_of": call.instead_of,
    }
    if not call.predictions:
        yield {**common, "prediction_id": f"{call.request_id}/{call.version}"}
    for index, prediction in enumerate(call.predictions):
        yield {**common, **_answer(prediction), "position": _position(prediction.prediction_id, index)}


def identity(row: Row) -> Identity:
    """Return what tells a row from others."""
    return row["prediction_id"], row["version"]


def content_name(identities: Iterable[Identity]) -> str:
    """Return the name of a file that holds these rows, given sorted and each once."""
    digest = hashlib.sha256()
    for prediction_id, version in identities:
        digest.update(f"{prediction_id}\0{version}\n".encode())
    return f"{digest.hexdigest()}.parquet"


def _answer(prediction: LoggedPrediction) -> Row:
    numbers, categories = _by_type(prediction.features)
    labelled = isinstance(prediction.value, str)
    return {
        "prediction_id": prediction.prediction_id,
        "entity": prediction.entity,
        "numbers": numbers,
        "categories": categories,
        "value": None if labelled else prediction.value,
        "label": prediction.value if labelled else None,
        "probabilities": prediction.probabilities,
    }


def _by_type(features: dict[str, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Part features in numbers and categories, as JSON has them; null is not given.

    The branches stand by how often they are taken: this is the hot loop of capturing.
    """
    numbers: dict[str, float] = {}
    categories: dict[str, str] = {}
    for name, value in features.items():
        kind = type(value)
        if (kind is float or kind is int) and abs(value) <= float_info.max:
            numbers[name] = value
        elif kind is str:
            categories[name] = value
        elif value is not None:
            # `true` and `false`, as serving spells them. Serving lets nothing else in, but nothing is lost.
            categories[name] = json.dumps(value)
    return numbers, categories


def _position(prediction_id: str, index: int) -> int:
    """Return an instance's place in its call, which the log may have cut into several lines."""
    made_by_us = _VERSION_7.fullmatch(prediction_id)
    return int(made_by_us[1], 16) if made_by_us else index
