"""Preflight: load a candidate exactly as serving does and let it answer golden rows, before any traffic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import msgspec

from tideline.errors import PreflightFailed
from tideline.serving.answers import interpret
from tideline.serving.deployment import DeployedVersion, Signature
from tideline.serving.faults import InvalidInstances
from tideline.serving.loaded_model import LoadedModel
from tideline.serving.model_cache import ArtifactReader, load_model
from tideline.serving.onnx_library import OnnxRuntimeError
from tideline.serving.problems import Problem
from tideline.serving.requests import read_request

_ATTEMPTS = 4
# Preflight has the memory, and so the processor, of `predict`: what takes long here takes long there. An HTTP
# API waits 29 s, in which a cold process starts (1 s), reads the record and the artifact (6 s for an attempt
# that hangs, each) and loads; 10 s leave time for the answer.
LOAD_LIMIT_S = 10.0
# Half of what a call waits for a challenger's answer: one that needs longer would often be counted as failed.
ROW_LIMIT_S = 1.0
# Few, so that rows that take seconds each still end before the function's time does; their median, for
# whatever else the machine does in between shall reject nobody.
_ROWS_ALONE = 5


class GoldenRows(msgspec.Struct, frozen=True):
    """What to ask a version and what it must answer; `tideline.domain.evaluation.golden` writes it.

    Attributes:
        sha256: Of the artifact that gave the answers.
        expected: Raw outputs, one row an instance.
        tolerance: Largest absolute difference, inclusive.
    """

    sha256: str
    signature: Signature
    instances: tuple[dict[str, Any], ...]
    expected: tuple[tuple[float, ...], ...]
    tolerance: float


@dataclass(frozen=True)
class PreflightReport:
    """What was checked: the artifact's hash, how many rows, how long loading and a row, as a median, took."""

    sha256: str
    golden_rows: int
    load_ms: float
    row_ms: float


@dataclass(frozen=True)
class CheckCandidate:
    """Checks versions in the lake.

    One that crashes the process, takes more than its memory or never ends cannot be told by it: then the
    function itself fails by Lambda's own error (`Runtime.ExitError`, `Runtime.OutOfMemory`,
    `Sandbox.Timedout`), which fails the workflow as well, before any traffic.

    Attributes:
        lake: Reads objects.
        stopwatch: Seconds that never go back.
    """

    lake: ArtifactReader
    stopwatch: Callable[[], float]

    def __call__(self, model: str, version: int) -> PreflightReport:
        """Load a version, compare its answers, and see that it takes no longer than serving may.

        Raises:
            ArtifactInvalid: if a file is missing, isn't the registered one or doesn't load.
            PreflightFailed: naming the row, what was expected and what came, or what took too long.
        """
        folder = f"{model}/versions/{version}"
        golden = _parse(self.lake.read(f"{folder}/golden.json", attempts=_ATTEMPTS))
        key = f"{folder}/model.onnx"
        artifact = self.lake.read(key, attempts=_ATTEMPTS)
        entry = DeployedVersion(
            version=version,
            role="candidate",
            weight=0,
            sha256=golden.sha256,
            key=key,
            signature=golden.signature,
        )
        started = self.stopwatch()
        loaded = load_model(entry, artifact)
        load_s = self.stopwatch() - started
        _check_time("loading it", load_s, limit_s=LOAD_LIMIT_S)
        row_s = self._one_by_one(loaded, golden)
        _check_time("one row's answer, as a median,", row_s, limit_s=ROW_LIMIT_S)
        _compare(golden, _answers(loaded, golden))
        return PreflightReport(golden.sha256, len(golden.instances), load_ms=_ms(load_s), row_ms=_ms(row_s))

    def _one_by_one(self, loaded: LoadedModel, golden: GoldenRows) -> float:
        """Compare some rows by themselves, for one takes another way through the session than many do.

        Returns the median of the seconds that a row took.
        """
        took_s = []
        for row in range(min(_ROWS_ALONE, len(golden.instances))):
            started = self.stopwatch()
            answers = _answers(loaded, golden, rows=slice(row, row + 1))
            took_s.append(self.stopwatch() - started)
            _compare(golden, answers, first=row)
        return median(took_s)


def _parse(document: bytes) -> GoldenRows:
    try:
        golden = msgspec.json.decode(document, type=GoldenRows)
    except msgspec.DecodeError as error:
        raise PreflightFailed(f"golden.json can't be read: {error}") from error
    if not golden.instances or len(golden.instances) != len(golden.expected):
        raise PreflightFailed(
            f"golden.json has {len(golden.instances)} instances and {len(golden.expected)} answers"
        )
    for row, expected in enumerate(golden.expected):
        if not all(map(math.isfinite, expected)):
            raise PreflightFailed(f"row {row}: expected {list(expected)}, which is not finite")
    return golden


def _answers(loaded: LoadedModel, golden: GoldenRows, *, rows: slice = slice(None)) -> list[list[float]]:
    """Answer as a request would be: the same parser, the same rules, the same interpretation."""
    body = msgspec.json.encode({"instances": golden.instances[rows]})
    try:
        raw = loaded.score(loaded.reader.read(read_request(body).instances))
        interpret(raw, ids=[""] * len(raw), signature=loaded.signature)
    except (InvalidInstances, OnnxRuntimeError, Problem) as error:
        raise PreflightFailed(f"the golden rows are not answered: {error}") from error
    return raw


def _check_time(what: str, took_s: float, *, limit_s: float) -> None:
    if took_s > limit_s:
        raise PreflightFailed(f"{what} took {took_s:.1f} s; serving has time for {limit_s:g} s")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _compare(golden: GoldenRows, answers: Sequence[Sequence[float]], *, first: int = 0) -> None:
    """Compare answers with those of the golden rows from `first` on."""
    for row, (expected, got) in enumerate(zip(golden.expected[first:], answers, strict=False), start=first):
        if len(got) != len(expected):
            raise PreflightFailed(f"row {row}: expected {len(expected)} numbers, got {len(got)}")
        # Written so that NaN, which compares false, fails.
        if not all(abs(a - b) <= golden.tolerance for a, b in zip(expected, got, strict=True)):
            raise PreflightFailed(
                f"row {row}: expected {list(expected)}, got {list(got)}, "
                f"which differ by more than {golden.tolerance:g}"
            )
