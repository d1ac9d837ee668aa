"""The prediction log from line to table: real DuckDB on a bucket in memory."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.fakes.clock import START, FakeClock
from tests.fakes.crash import CrashPlan
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.samples import MODEL
from tests.fakes.world import workdir
from tideline.adapters.predictions.merger import DuckDbPredictionMerger
from tideline.adapters.predictions.writer import DuckDbPredictionWriter
from tideline.domain.compaction import CompactionRequest
from tideline.services.capture_predictions import CapturePredictions
from tideline.services.compact_predictions import CompactPredictions
from tideline.services.read_log_lines import LogLine

MEMORY_MB = 512
# The hour in which samples are made, and one in which it is past.
NOON = START.replace(minute=0, second=0, microsecond=0)
LATER = NOON + timedelta(hours=1, minutes=5)


def prediction_id(number: int, position: int = 0) -> str:
    """Return an id as serving makes them."""
    return f"0195{number:04x}-0000-7{position:03x}-8000-000000000000"


def call(
    number: int, *, model: str = MODEL, at: datetime = NOON, rows: int = 1, **changes: Any
) -> dict[str, Any]:
    """Return a logged call, by its number; `changes` come on top."""
    predictions = [
        {
            "prediction_id": prediction_id(number, position),
            "features": {"age": number + position / 8, "plan": f"plan-{number}", "old": True, "none": None},
            "entity": f"e{number}",
            "value": "yes",
            "probabilities": {"no": 0.25, "yes": 0.75},
        }
        for position in range(rows)
    ]
    whole = {
        "type": "prediction",
        "schema_version": 2,
        "model": model,
        "version": 1,
        "role": "champion",
        "generation": 1,
        "release_id": "",
        "step": 0,
        "request_id": f"r{number}",
        "time": int(at.timestamp() * 1000) + number,
        "latency_ms": 1.5,
        "key": None,
        "error": None,
        "instead_of": None,
        "predictions": predictions,
    }
    return whole | changes


def line(content: dict[str, Any] | str, line_id: str = "") -> LogLine:
    """Return a line of the log."""
    text = content if isinstance(content, str) else json.dumps(content)
    return LogLine(id=line_id or f"id-{abs(hash(text))}", text=text)


class FakeCompactionQueue:
    """`tideline.ports.CompactionQueue`."""

    def __init__(self) -> None:
        self.requests: list[CompactionRequest] = []

    def request(self, request: CompactionRequest) -> None:
        self.requests.append(request)


@dataclass
class CaptureWorld:
    """The lake, and the two functions that keep the log in it; `plan` stands in front of every port."""

    plan: CrashPlan = field(default_factory=CrashPlan)
    lake: FakeObjectStore = field(default_factory=lambda: FakeObjectStore("lake"))
    queue: FakeCompactionQueue = field(default_factory=FakeCompactionQueue)
    clock: FakeClock = field(default_factory=lambda: FakeClock(LATER))
    files_at_once: int = 1000
    merges_a_call: int = 10

    def capture(self) -> CapturePredictions:
        """Return the use case of a new process."""
        return CapturePredictions(
            lake=self.plan.wrap(self.lake),
            writer=DuckDbPredictionWriter(memory_mb=MEMORY_MB),
            compaction=self.plan.wrap(self.queue),
            workdir=workdir,
        )

    @property
    def compact(self) -> CompactPredictions:
        return CompactPredictions(
            lake=self.plan.wrap(self.lake),
            merger=DuckDbPredictionMerger(memory_mb=MEMORY_MB),
            compaction=self.plan.wrap(self.queue),
            clock=self.clock,
            workdir=workdir,
            files_at_once=self.files_at_once,
            merges_a_call=self.merges_a_call,
        )

    def twin(self, plan: CrashPlan) -> CaptureWorld:
        """Return another world with the same files."""
        made = CaptureWorld(plan=plan)
        for key in self.lake.keys:
            made.lake.write(key, self.lake.read(key))
        return made

    def files(self) -> list[str]:
        """Return the keys of the table's files."""
        return sorted(key for key in self.lake.keys if "/predictions/" in key)

    def rows(self) -> list[dict[str, Any]]:
        """Return the table's rows as they lie in its files, by time."""
        with tempfile.TemporaryDirectory() as folder:
            for key in self.files():
                path = Path(folder) / key
                path.parent.mkdir(parents=True, exist_ok=True)
                self.lake.download(key, path)
            found = duckdb.sql(
                f"FROM read_parquet('{folder}/*/predictions/*/*/*.parquet', hive_partitioning = true)"
                " ORDER BY time, prediction_id, version"
            )
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def table(self) -> dict[tuple[str, int], dict[str, Any]]:
        """Return the table's rows as a reader takes them: one for each prediction and version."""
        if not self.files():
            return {}
        return {(row["prediction_id"], row["version"]): row for row in self.rows()}


REQUEST = CompactionRequest(model=MODEL, hour=LATER)
