"""Preflight: load a candidate exactly as serving does and let it answer golden rows, before any traffic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """What was checked: the artifact's hash, how many rows, and how long loading took."""

    sha256: str
    golden_rows: int
    load_ms: float


@dataclass(frozen=True)
class CheckCandidate:
    """Checks versions in the lake.

    Attributes:
        lake: Reads objects.
        stopwatch: Seconds that never go back.
    """

    lake: ArtifactReader
    stopwatch: Callable[[], float]

    def __call__(self, model: str, version: int) -> PreflightReport:
        """Load a version and compare its answers.

        Raises:
            ArtifactInvalid: if a file is missing, isn't the registered one or doesn't load.
            PreflightFailed: naming the row, what was expected and what came.
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
        load_ms = round((self.stopwatch() - started) * 1000, 1)
        _compare(golden, _answers(loaded, golden))
        # Once more by itself: a single row takes another way through the session than many.
        _compare(golden, [_answers(loaded, golden, rows=slice(0, 1))[0]])
        return PreflightReport(golden.sha256, len(golden.instances), load_ms)


def _parse(document: bytes) -> GoldenRows:
    try:
        golden = msgspec.json.decode(document, type=GoldenRows)
    except msgspec.DecodeError as error:
        raise PreflightFailed(f"golden.json can't be read: {error}") from error
    if not golden.instances or len(golden.instances) != len(golden.expected):
        raise PreflightFailed(
            f"golden.json has {len(golden.instances)} instances and {len(golden.expected)} answers"
        )
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


def _compare(golden: GoldenRows, answers: Sequence[Sequence[float]]) -> None:
    for row, (expected, got) in enumerate(zip(golden.expected, answers, strict=False)):
        if len(got) != len(expected):
            raise PreflightFailed(f"row {row}: expected {len(expected)} numbers, got {len(got)}")
        # Written so that NaN, which compares false, fails.
        if not all(abs(a - b) <= golden.tolerance for a, b in zip(expected, got, strict=True)):
            raise PreflightFailed(
                f"row {row}: expected {list(expected)}, got {list(got)}, "
                f"which differ by more than {golden.tolerance:g}"
            )
