from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import msgspec
import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD, FakeClock, FakeLake
from tideline.errors import ArtifactInvalid, PreflightFailed
from tideline.serving.challenger import ANSWER_LIMIT_S
from tideline.serving.preflight import LOAD_LIMIT_S, ROW_LIMIT_S, CheckCandidate, GoldenRows

_INSTANCES = [GOOD, GOOD | {"income": None}, {"age": 1.5, "plan": "basic", "city": "new"}]


def _golden(task: str = "binary", **changes: Any) -> dict[str, Any]:
    model = samples.loaded(task)
    promised = json.loads(samples.document(samples.version(b"", task=task)))["versions"][0]["signature"]
    return {
        "sha256": hashlib.sha256(samples.artifact(task)).hexdigest(),
        "signature": promised,
        "instances": _INSTANCES,
        "expected": model.score(model.reader.read(_INSTANCES)),
        "tolerance": 1e-4,
    } | changes


class Stopwatch:
    """Tells how long each thing took, in turn: two looks at it for each."""

    def __init__(self, *took_s: float) -> None:
        self._looks = iter([look for took in took_s for look in (0.0, took)])

    def __call__(self) -> float:
        return next(self._looks)


def _check(golden: Any, artifact: object, stopwatch: Any = None) -> Any:
    lake = FakeLake(
        {
            "churn/versions/3/golden.json": json.dumps(golden).encode(),
            "churn/versions/3/model.onnx": artifact,
        }
    )
    return CheckCandidate(lake=lake, stopwatch=stopwatch or FakeClock())("churn", 3)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_candidate_that_answers_right_passes(task: str) -> None:
    report = _check(_golden(task), samples.artifact(task))
    assert (report.golden_rows, report.load_ms, report.row_ms) == (3, 0.0, 0.0)
    assert report.sha256 == hashlib.sha256(samples.artifact(task)).hexdigest()


def test_a_wrong_answer_names_its_row() -> None:
    golden = _golden()
    golden["expected"][2] = [0.9, 0.1]
    with pytest.raises(PreflightFailed, match=r"row 2: expected \[0.9, 0.1\], got \[0.\d+"):
        _check(golden, samples.artifact())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instances": [GOOD | {"age": 130}], "expected": [[0.5, 0.5]]}, "above the maximum"),
        ({"instances": [], "expected": []}, "0 instances"),
        ({"expected": []}, "3 instances and 0 answers"),
        ({"expected": [[1.0]] * 3}, "expected 1 numbers, got 2"),
        ({"tolerance": "tiny"}, "golden.json can't be read"),
        # As Python's own `json` writes them.
        ({"expected": [[float("nan"), 1.0]] * 3}, "golden.json can't be read"),
        ({"expected": [[float("inf"), 1.0]] * 3}, "golden.json can't be read"),
        ({"expected": [[None, 1.0]] * 3}, "golden.json can't be read"),
    ],
)
def test_golden_rows_that_cannot_be_answered_fail(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PreflightFailed, match=message):
        _check(_golden(**changes), samples.artifact())


def test_a_model_without_finite_answers_fails() -> None:
    content = samples.artifact("regression", infinite=True)
    golden = _golden("regression", sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(PreflightFailed, match="no finite answer"):
        _check(golden, content)


@pytest.mark.parametrize(
    "artifact",
    [b"\x80\x04 a renamed pickle", samples.artifact(scale=0.5), ArtifactInvalid("the lake has no object")],
)
def test_a_file_that_is_not_the_registered_one_is_refused(artifact: object) -> None:
    with pytest.raises(ArtifactInvalid):
        _check(_golden(), artifact)


def test_golden_answers_that_are_not_finite_are_refused_however_they_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    golden = GoldenRows("0" * 64, samples.signature(), (GOOD, GOOD), ((0.5, 0.5), (math.nan, 0.5)), 1e-4)
    monkeypatch.setattr(msgspec.json, "decode", lambda *_, **__: golden)
    with pytest.raises(PreflightFailed, match=r"row 1: expected .*not finite"):
        _check(_golden(), samples.artifact())


def test_what_serving_has_time_for_passes() -> None:
    report = _check(_golden(), samples.artifact(), Stopwatch(LOAD_LIMIT_S, ROW_LIMIT_S, 0.01, 9.0))
    assert (report.load_ms, report.row_ms) == (10_000.0, 1_000.0)


def test_a_candidate_that_loads_too_slowly_fails() -> None:
    with pytest.raises(PreflightFailed, match=r"loading it took 10\.1 s; serving has time for 10 s"):
        _check(_golden(), samples.artifact(), Stopwatch(10.1))


def test_a_candidate_that_answers_too_slowly_fails() -> None:
    with pytest.raises(PreflightFailed, match=r"one row's answer, as a median, took 1\.5 s"):
        _check(_golden(), samples.artifact(), Stopwatch(0.1, 1.5, 0.01, 9.0))


def test_a_wrong_answer_to_a_row_alone_is_told_by_its_place_among_all() -> None:
    golden = _golden()
    golden["expected"][1] = [0.9, 0.1]
    with pytest.raises(PreflightFailed, match="row 1: expected"):
        _check(golden, samples.artifact())


def test_rows_beyond_those_that_are_asked_alone_are_compared_too() -> None:
    golden = _golden()
    golden["instances"] = golden["instances"] * 3
    golden["expected"] = [*golden["expected"] * 3]
    golden["expected"][8] = [0.9, 0.1]
    with pytest.raises(PreflightFailed, match="row 8: expected"):
        _check(golden, samples.artifact())


def test_a_candidate_has_less_time_than_calls_wait() -> None:
    assert ROW_LIMIT_S < ANSWER_LIMIT_S
    assert LOAD_LIMIT_S + ROW_LIMIT_S < 29
