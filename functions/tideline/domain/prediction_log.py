"""The prediction log's lines and its table in the lake: one shape for who writes, who keeps and who reads.

`predict` writes a JSON line for each call and version (`tideline.serving.prediction_log`, without pydantic; a
contract test holds the two together). `capture_predictions` turns lines into Parquet, one row for each
prediction, under `tideline.domain.keys.predictions_prefix`.

A row is told by (prediction_id, version): a shadow answers the same instance under the same id. Delivery is
at least once, so that a reader takes one row for each pair, whichever: they are equal.
"""

from __future__ import annotations

from typing import Any

from tideline.domain.release.deployment import Role
from tideline.domain.value import Value

TYPE = "prediction"
SCHEMA_VERSION = 2

# Columns of the table and their DuckDB types; Parquet files hold them in this order. Model, date and hour
# are in the key. `numbers` and `categories` hold the features that were given, by name.
COLUMNS: dict[str, str] = {
    "prediction_id": "VARCHAR",
    "time": "TIMESTAMP",
    "version": "INTEGER",
    "role": "VARCHAR",
    "generation": "INTEGER",
    "release_id": "VARCHAR",
    "step": "INTEGER",
    "request_id": "VARCHAR",
    "position": "INTEGER",
    "caller": "VARCHAR",
    "entity": "VARCHAR",
    "numbers": "MAP(VARCHAR, DOUBLE)",
    "categories": "MAP(VARCHAR, VARCHAR)",
    "value": "DOUBLE",
    "label": "VARCHAR",
    "probabilities": "MAP(VARCHAR, DOUBLE)",
    "latency_ms": "DOUBLE",
    "error": "VARCHAR",
    "instead_of": "INTEGER",
}


class LoggedPrediction(Value):
    """One instance and its answer; without one where the version failed.

    Attributes:
        features: As they were given, private ones hashed (categories) or left out (numbers).
        value: A regression's value, or the label of a class.
        probabilities: By class.
    """

    prediction_id: str
    features: dict[str, Any]
    entity: str | None = None
    value: float | str | None = None
    probabilities: dict[str, float] | None = None


class LoggedCall(Value):
    """What one version did with one call.

    Attributes:
        release_id: The release that was under way, with its step; empty and 0 where there was none.
        request_id: Of the call; a shadow's record has the same.
        time: Milliseconds since the epoch, the call's own.
        latency_ms: What this version took, from its turn to its answer or failure.
        key: What kept the caller on a version: the request's key or else its entity; None where the call
            was routed by chance.
        error: Why this version did not answer; None where it did.
        instead_of: The version that should have answered and failed, where this one stood in for it.
    """

    type: str = TYPE
    schema_version: int = SCHEMA_VERSION
    model: str
    version: int
    role: Role
    generation: int
    release_id: str = ""
    step: int = 0
    request_id: str
    time: int
    latency_ms: float
    key: str | None = None
    error: str | None = None
    instead_of: int | None = None
    predictions: tuple[LoggedPrediction, ...]
