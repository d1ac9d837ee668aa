from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD, FakeClock, FakeLake
from tideline.errors import ArtifactInvalid, PreflightFailed
from tideline.serving.preflight import CheckCandidate

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


def _check(golden: Any, artifact: object) -> Any:
    lake = FakeLake(
        {
            "churn/versions/3/golden.json": json.dumps(golden).encode(),
            "churn/versions/3/model.onnx": artifact,
        }
    )
    return CheckCandidate(lake=lake, stopwatch=FakeClock())("churn", 3)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_candidate_that_answers_right_passes(task: str) -> None:
    report = _check(_golden(task), samples.artifact(task))
    assert (report.golden_rows, report.load_ms) == (3, 0.0)
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
