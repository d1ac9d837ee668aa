"""Keep the prediction log: its lines become rows of a table in the lake, by model and hour."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from tideline.domain.compaction import CompactionRequest
from tideline.domain.keys import predictions_prefix, quarantine_key
from tideline.domain.prediction_log import LoggedCall
from tideline.ports import CompactionQueue, ObjectStore, PredictionWriter
from tideline.services.read_log_lines import LogLine, MalformedLine, read_log_lines

_QUARANTINED_LINES = "prediction-log"
_HOUR_MS = 3_600_000

# A model and an hour in UTC.
_Place = tuple[str, datetime]


@dataclass(frozen=True, kw_only=True)
class CaptureReceipt:
    """What became of a delivery.

    Attributes:
        calls: How many lines were kept, whether or not they had been before.
        keys: Files that hold them now.
        malformed: Ids of lines that were put into quarantine.
        too_new: Ids of lines that only a newer edition can keep: they are kept nowhere yet.
    """

    calls: int
    keys: tuple[str, ...]
    malformed: tuple[str, ...]
    too_new: tuple[str, ...]


@dataclass(kw_only=True)
class CapturePredictions:
    """Writes one file for each model and hour of a delivery, named after its rows.

    The same lines delivered again overwrite the file that they made. Lines that come in other company make
    another file, whose rows are told from the first by nobody who reads each (prediction id, version) once.
    """

    lake: ObjectStore
    writer: PredictionWriter
    compaction: CompactionQueue
    workdir: Callable[[], AbstractContextManager[Path]]
    # A warm process looks once for each hour.
    _begun: set[_Place] = field(default_factory=set)

    def __call__(self, lines: Iterable[LogLine]) -> CaptureReceipt:
        """Keep what can be kept, and tell what could not."""
        read = read_log_lines(lines)
        keys = [self._keep(place, list(calls)) for place, calls in groupby(_in_order(read.calls), _place)]
        for model, malformed in groupby(sorted(read.malformed, key=_model), _model):
            self._quarantine(model, malformed)
        return CaptureReceipt(
            calls=len(read.calls),
            keys=tuple(keys),
            malformed=tuple(found.line.id for found in read.malformed),
            too_new=tuple(read.too_new),
        )

    def _keep(self, place: _Place, calls: list[LoggedCall]) -> str:
        prefix = predictions_prefix(*place)
        self._tell_first(place, prefix)
        with self.workdir() as folder:
            path = folder / "rows.parquet"
            key = prefix + self.writer.write(calls, path)
            self.lake.upload(path, key)
        return key

    def _tell_first(self, place: _Place, prefix: str) -> None:
        """Ask for compaction before the hour's first file is there: later, a crash could lose the request."""
        if place in self._begun:
            return
        if not self.lake.holds_any(prefix):
            model, hour = place
            self.compaction.request(CompactionRequest(model=model, hour=hour))
        self._begun.add(place)

    def _quarantine(self, model: str, malformed: Iterator[MalformedLine]) -> None:
        lines = [
            json.dumps({"id": found.line.id, "problem": found.problem, "text": found.line.text})
            for found in malformed
        ]
        content = "\n".join([*lines, ""]).encode()
        name = f"{hashlib.sha256(content).hexdigest()}.jsonl"
        self.lake.write(quarantine_key(model, _QUARANTINED_LINES, name), content)


def _in_order(calls: list[LoggedCall]) -> list[LoggedCall]:
    return sorted(calls, key=lambda call: (call.model, call.time))


def _place(call: LoggedCall) -> _Place:
    hour_s = call.time // _HOUR_MS * _HOUR_MS // 1000
    return call.model, datetime.fromtimestamp(hour_s, UTC)


def _model(found: MalformedLine) -> str:
    return found.model
