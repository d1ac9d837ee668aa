"""`tideline.ports.PredictionLog` on the Parquet files that `capture_predictions` writes."""

# ruff: noqa: S608 - statements are built of our own names, values are parameters

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.adapters.predictions.lake_files import LakeFiles, table
from tideline.domain import keys
from tideline.domain.release.deployment import Rollout
from tideline.domain.release.judging.evidence import Calls, Outcomes, no_calls
from tideline.ports import ObjectStore

_HOUR = timedelta(hours=1)
_NAN = "'nan'::DOUBLE"


@dataclass(frozen=True)
class DuckDbPredictionLog:
    """Rows are told by (prediction id, version), so that one that was delivered twice counts once.

    Attributes:
        workdir: Gives a folder that is removed afterwards.
        memory_mb: DuckDB takes a share of it.
    """

    lake: ObjectStore
    workdir: Callable[[], AbstractContextManager[Path]]
    memory_mb: int

    def calls(
        self,
        model: str,
        *,
        rollout: Rollout,
        versions: Sequence[int],
        outputs: Sequence[str],
        until: datetime,
    ) -> Mapping[int, Calls]:
        with self.workdir() as folder:
            files = LakeFiles(self.lake, folder).fetch(_hours(model, since=rollout.since, until=until))
            if not files:
                return {version: no_calls(max(1, len(outputs))) for version in versions}
            with table(files, folder=folder, memory_mb=self.memory_mb) as (connection, source):
                _keep_first_rows(connection, source, rollout=rollout, versions=versions)
                return {version: _of_version(connection, version, outputs) for version in versions}


def _hours(model: str, *, since: datetime, until: datetime) -> list[str]:
    """Return the prefixes of all hours, and one more at each end: the clocks of two functions may differ."""
    first = since.astimezone(UTC) - _HOUR
    number = int((until - since) / _HOUR) + 4
    hours = [first + _HOUR * place for place in range(number)]
    return [keys.predictions_prefix(model, hour) for hour in hours if hour <= until + _HOUR]


def _keep_first_rows(connection: Any, source: str, *, rollout: Rollout, versions: Sequence[int]) -> None:
    """Create ``calls``: the first row of each call of each version.

    Release and step name the period exactly: a deployment's generation changes with each of them, and might
    change for other reasons too, which must not hide rows.
    """
    wanted = (
        "release_id = $release_id AND step = $step AND time >= $since"
        " AND instead_of IS NULL AND version IN (SELECT unnest($versions))"
    )
    connection.execute(
        f"CREATE TABLE calls AS SELECT DISTINCT ON (request_id, version) * EXCLUDE (position) FROM"
        f" (SELECT prediction_id, version, time, request_id, position, value, label, probabilities,"
        f" latency_ms, error FROM {source} WHERE {wanted}) ORDER BY position, prediction_id",
        {
            "release_id": rollout.release_id,
            "step": rollout.step,
            "since": rollout.since.astimezone(UTC).replace(tzinfo=None),
            "versions": list(versions),
        },
    )


def _of_version(connection: Any, version: int, outputs: Sequence[str]) -> Calls:
    asked = [
        f"coalesce(probabilities[${place}]::DOUBLE, {_NAN})" for place in range(2, len(outputs) + 2)
    ] or [f"coalesce(value, {_NAN})"]
    scores = ", ".join(f"{what} AS s{place}" for place, what in enumerate(asked))
    found = connection.execute(
        "SELECT prediction_id AS id, error IS NOT NULL AS failed, coalesce(label, '') AS label,"
        f" coalesce(latency_ms, {_NAN}) AS latency_ms, {scores}"
        " FROM calls WHERE version = $1 ORDER BY time, id",
        [version, *outputs],
    ).fetchnumpy()
    return _calls({name: _filled(column) for name, column in found.items()}, outputs=len(asked))


def _calls(found: Mapping[str, NDArray[Any]], *, outputs: int) -> Calls:
    # A version that failed may have left numbers behind: they are no answer.
    failed = found["failed"].astype(np.bool_)
    labels = found["label"].astype(object)
    labels[labels == ""] = None
    return Calls(
        ids=found["id"].astype(object),
        failed=failed,
        latency_ms=found["latency_ms"].astype(np.float64),
        scores=np.column_stack([found[f"s{place}"].astype(np.float64) for place in range(outputs)]),
        labels=labels,
        outcomes=Outcomes.unknown(len(failed)),
    )


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    """DuckDB gives masked arrays where a column could hold NULL; none of ours does."""
    return np.ma.getdata(column)
