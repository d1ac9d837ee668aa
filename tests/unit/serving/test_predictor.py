from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import Serving
from tideline.errors import PermanentError, StorageUnavailable
from tideline.serving import predictor as module
from tideline.serving.answers import Explanation
from tideline.serving.onnx_library import OnnxRuntimeError
from tideline.serving.problems import Problem


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_each_task_is_answered_and_logged(task: str) -> None:
    serving = Serving(task)
    answer = serving.ask(GOOD, GOOD | {"age": 2})
    assert (answer["model"], answer["version"]) == ("churn", 3)
    first, second = answer["predictions"]
    assert first["prediction_id"] < second["prediction_id"]
    assert ("probabilities" in first) == (task != "regression")
    assert first["value"] != second["value"] or first != second
    [line] = serving.lines
    logged = json.loads(line)
    assert (logged["type"], logged["role"], logged["key"]) == ("prediction", "champion", "k-1")
    assert [entry["features"] for entry in logged["predictions"]] == [GOOD, GOOD | {"age": 2}]
    assert [entry["prediction_id"] for entry in logged["predictions"]] == [
        first["prediction_id"],
        second["prediction_id"],
    ]


def test_one_instance_alone_is_answered_as_among_others() -> None:
    serving = Serving()
    [alone] = serving.ask(GOOD)["predictions"]
    [_, among] = serving.ask(GOOD | {"city": "x"}, GOOD)["predictions"]
    assert alone["probabilities"] == pytest.approx(among["probabilities"], rel=1e-6)


def test_a_model_without_a_deployment_is_404() -> None:
    problem = Serving().problem(GOOD, model="other")
    assert (problem.status, problem.detail) == (404, "the model 'other' has no live version")


def test_faults_are_422_with_all_that_is_known() -> None:
    serving = Serving()
    problem = serving.problem(*[{"age": "x"}] * 15)
    assert (problem.status, len(problem.errors), problem.more) == (422, 20, 10)
    assert problem.detail == "30 faults"
    [error] = serving.problem(GOOD | {"plan": 1.5}).errors
    assert (error.instance, error.field) == (0, "plan")
    assert serving.lines == []


def test_an_infinite_answer_is_503_and_logged_as_a_failure() -> None:
    serving = Serving("regression", infinite=True)
    problem = serving.problem(GOOD)
    assert (problem.status, problem.retry_after_s) == (503, 5)
    [record] = serving.records()
    assert record["error"] == "the model gave no finite answer to instance 0"
    assert record["predictions"] == []


@pytest.mark.parametrize(
    ("error", "pause"), [(StorageUnavailable("away"), 1), (PermanentError("AccessDenied"), 10)]
)
def test_an_unreadable_record_is_503_with_a_pause(error: Any, pause: int) -> None:
    serving = Serving()
    serving.table.error = error
    problem = serving.problem(GOOD)
    assert (problem.status, problem.retry_after_s) == (503, pause)
    assert "Denied" not in problem.detail


def test_a_new_version_takes_over() -> None:
    serving = Serving()
    assert serving.ask(GOOD)["version"] == 3
    serving.deploy(4, None)
    assert serving.ask(GOOD)["version"] == 4


@pytest.mark.parametrize(
    "found", [b"\x80\x04 a renamed pickle", samples.artifact(scale=0.5), StorageUnavailable("s3 is away")]
)
def test_the_old_version_serves_on_where_the_new_one_cannot_be_loaded(
    found: object, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = Serving()
    before = serving.ask(GOOD)["predictions"][0]["probabilities"]
    serving.deploy(4, found)
    answer = serving.ask(GOOD)
    assert answer["version"] == 3
    assert answer["predictions"][0]["probabilities"] == before
    failed, stood_in = serving.records()[-2:]
    assert (failed["version"], stood_in["version"], stood_in["instead_of"]) == (4, 3, 4)
    assert failed["error"]
    assert stood_in["error"] is None
    assert '"a version gave no answer"' in capsys.readouterr().out


def test_a_version_that_was_rolled_back_does_not_stand_in() -> None:
    serving = Serving()
    serving.ask(GOOD)
    serving.deploy(2, StorageUnavailable("s3 is away"), before=[])
    assert serving.problem(GOOD).status == 503
    serving.deploy(4, StorageUnavailable("s3 is away"), before=[3])
    assert serving.ask(GOOD)["version"] == 3


def test_without_an_old_version_a_broken_artifact_is_503() -> None:
    serving = Serving()
    serving.deploy(4, b"\x80\x04 a renamed pickle")
    problem = serving.problem(GOOD)
    assert (problem.status, problem.detail) == (503, "the model is not available right now")


def test_an_answer_that_lambda_could_not_return_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 200)
    serving = Serving()
    assert serving.ask(GOOD)
    assert len(serving.lines) == 1
    assert serving.problem(GOOD, GOOD).status == 413
    assert len(serving.lines) == 1


def test_a_model_that_fails_on_some_values_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OnnxRuntimeError("indices element out of data bounds")

    serving = Serving()
    assert serving.ask(GOOD)
    monkeypatch.setattr("tideline.serving.loaded_model.LoadedModel.score", fail)
    problem = serving.problem(GOOD)
    assert (problem.status, problem.detail) == (503, "the model failed on these instances")


def test_explanations_come_where_they_are_asked_for_and_are_not_logged() -> None:
    serving = Serving()
    plain = serving.ask(GOOD)
    body = json.dumps({"instances": [GOOD, GOOD | {"age": 2}], "explain": True}).encode()
    answer = json.loads(serving.predict("churn", body, request_id="r-1"))
    explanations = [prediction["explanation"] for prediction in answer["predictions"]]
    assert explanations == [{"base": 0.5, "contributions": {"age": age}} for age in (40, 2)]
    assert "explanation" not in plain["predictions"][0]
    assert len(serving.lines) == 2
    assert not any("contributions" in line or "explanation" in line for line in serving.lines)


def test_who_answers_is_who_is_explained_on_the_rows_and_answers_as_they_are() -> None:
    serving = Serving()
    body = json.dumps({"instances": [GOOD], "explain": True}).encode()
    answer = json.loads(serving.predict("churn", body, request_id="r-1"))
    [(version, rows, raw)] = serving.explained
    assert version == answer["version"]
    assert rows == [([40, 1200.5], ["gold", "Oslo"])]
    assert raw == [list(answer["predictions"][0]["probabilities"].values())]


def test_what_cannot_be_explained_is_refused_and_not_logged() -> None:
    serving = Serving()

    def refuse(*_: object) -> list[Explanation]:
        raise Problem(409, "this version has no explanations")

    serving.predict._explain = refuse
    with pytest.raises(Problem, match="no explanations"):
        serving.predict("churn", json.dumps({"instances": [GOOD], "explain": True}).encode(), request_id="r")
    assert serving.lines == []
