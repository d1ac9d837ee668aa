from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import ROW, Serving, on_numbers, plain
from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.serving import predictor
from tideline.serving.challenger import Limits
from tideline.serving.onnx_library import OnnxRuntimeError
from tideline.serving.problems import Problem

_ALL = {"slots": ((0, 100),), "weight": 100}
_ROLLOUT = {"rollout": {"release_id": "churn-v4-a", "step": 2}}
_OLD, _YOUNG = ROW | {"age": 100}, ROW | {"age": 20}


def _release(serving: Serving, *versions: Any, generation: int = 2) -> None:
    serving.put(versions, generation=generation, **_ROLLOUT)


def _stalling(limits: Limits) -> Serving:
    """A champion on two numbers, and a challenger that stalls on the old."""
    serving = Serving("regression", limits=limits)
    _release(serving, on_numbers(3, "champion"), on_numbers(4, "challenger", stalls_after_age=50, **_ALL))
    return serving


def _until_stalled_threads_end() -> None:
    for _ in range(2_000):
        if not any(thread.name == "challenger" for thread in threading.enumerate()):
            return
        time.sleep(0.01)
    raise AssertionError("a thread that was told to stop goes on")


def _metrics(out: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, out.splitlines()) if "_aws" in line]


def test_a_challenger_answers_its_callers_and_is_logged_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    serving = Serving("regression")
    _release(serving, plain(3), plain(4, "challenger", scale=0.02, slots=((0, 50),), weight=50))
    answers = {key: serving.ask(GOOD, key=key)["version"] for key in map(str, range(40))}
    assert set(answers.values()) == {3, 4}
    assert {record["key"]: record["version"] for record in serving.records()} == answers
    record = next(record for record in serving.records() if record["version"] == 4)
    assert (record["role"], record["release_id"], record["step"]) == ("challenger", "churn-v4-a", 2)
    assert (record["error"], record["instead_of"]) == (None, None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("artifact", "error"),
    [
        (b"\x80\x04 a renamed pickle", "SHA-256"),
        (samples.artifact("regression", scale=0.5), "SHA-256"),
        (ArtifactInvalid("the lake has no object"), "no object"),
        (StorageUnavailable("s3 is away"), "s3 is away"),
    ],
)
def test_the_champion_answers_where_a_challenger_cannot_be_loaded(
    artifact: object, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = Serving("regression")
    entry, _ = plain(4, "challenger", scale=0.02, **_ALL)
    _release(serving, plain(3), (entry, artifact))
    for _ in range(3):
        assert serving.ask(GOOD)["version"] == 3
    failed, stood_in = serving.records()[-2:]
    assert (failed["version"], failed["role"], failed["predictions"]) == (4, "challenger", [])
    assert error in failed["error"]
    assert (stood_in["version"], stood_in["role"], stood_in["instead_of"]) == (3, "champion", 4)
    assert failed["request_id"] == stood_in["request_id"]
    assert serving.lake.reads.count(entry.key) == 1
    metrics = _metrics(capsys.readouterr().out)
    assert [(line["Model"], line["Version"], line["VersionFailed"]) for line in metrics] == [
        ("churn", "4", 1)
    ] * 3


def test_a_challenger_that_loads_later_answers_later() -> None:
    serving = Serving("regression")
    entry, content = plain(4, "challenger", **_ALL)
    _release(serving, plain(3), (entry, StorageUnavailable("s3 is away")))
    assert serving.ask(GOOD)["version"] == 3
    serving.lake.objects[entry.key] = content
    serving.clock.now += 5
    assert serving.ask(GOOD)["version"] == 4


def test_an_answer_that_is_not_finite_is_the_champions_to_give() -> None:
    serving = Serving("regression")
    content = samples.artifact("regression", infinite=True)
    _release(
        serving,
        plain(3),
        (samples.version(content, 4, task="regression", role="challenger", **_ALL), content),
    )
    assert serving.ask(GOOD)["version"] == 3
    assert "no finite answer" in serving.records()[0]["error"]


def test_an_answer_of_another_shape_is_the_champions_to_give() -> None:
    serving = Serving("regression")
    content = samples.artifact("multiclass")
    entry = samples.version(content, 4, task="binary", role="challenger", **_ALL)
    _release(serving, plain(3), (entry, content))
    assert serving.ask(GOOD)["version"] == 3
    assert "ArtifactInvalid" in serving.records()[0]["error"]


@pytest.mark.parametrize("error", [OnnxRuntimeError("out of bounds"), ZeroDivisionError("secret")])
def test_a_challenger_that_raises_is_asked_again_by_the_next_call(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = Serving("regression")
    challenger, content = plain(4, "challenger", scale=0.02, **_ALL)
    _release(serving, plain(3), (challenger, content))
    assert serving.ask(GOOD)["version"] == 4

    def fail(*_: object) -> None:
        raise error

    loaded = serving.models.peek(challenger)
    monkeypatch.setattr(loaded, "score", fail)
    assert serving.ask(GOOD)["version"] == 3
    assert "secret" not in serving.lines[-2]
    monkeypatch.undo()
    assert serving.ask(GOOD)["version"] == 4


def test_a_challenger_that_stalls_is_stopped_and_left_alone_for_a_while() -> None:
    serving = _stalling(Limits(answer_s=0.3, load_s=20.0))
    assert serving.ask(_YOUNG)["version"] == 4
    assert serving.ask(_OLD)["version"] == 3
    failed, stood_in = serving.records()[-2:]
    assert failed["error"] == "gave no answer within 0.3 s"
    assert stood_in["instead_of"] == 4
    assert serving.ask(_YOUNG)["version"] == 3
    assert serving.records()[-2]["error"] == "not asked, for a moment ago it gave no answer within 0.3 s"
    _until_stalled_threads_end()
    serving.clock.now += 5
    assert serving.ask(_YOUNG)["version"] == 4


def test_a_challenger_that_stalls_while_it_is_loaded_is_stopped_too() -> None:
    serving = Serving("regression", limits=Limits(answer_s=20.0, load_s=0.5))
    stalling = on_numbers(4, "challenger", stalls_at_once=True, **_ALL)
    _release(serving, on_numbers(3, "champion"), stalling)
    assert serving.ask(_OLD)["version"] == 3
    assert serving.records()[0]["error"] == "gave no answer within 0.5 s"
    _until_stalled_threads_end()
    assert serving.models.peek(stalling[0]) is None


def test_no_second_thread_is_given_to_a_version_whose_first_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    serving = _stalling(Limits(answer_s=0.1, load_s=20.0))
    serving.ask(_YOUNG)
    begun: list[str] = []
    release = threading.Event()
    challenger, _ = on_numbers(4, "challenger", stalls_after_age=50)
    loaded = serving.models.peek(challenger)

    def stuck(*_: object) -> None:
        begun.append("stuck")
        release.wait(30)

    monkeypatch.setattr(loaded, "score", stuck)
    for _ in range(5):
        assert serving.ask(_YOUNG)["version"] == 3
        serving.clock.now += 20
    assert begun == ["stuck"]
    release.set()


def test_instances_that_no_version_takes_are_the_callers_fault() -> None:
    serving = Serving("regression")
    _release(serving, plain(3), plain(4, "challenger", **_ALL))
    assert serving.problem(GOOD | {"age": 500}).status == 422
    assert serving.lines == []


def test_a_challengers_own_failure_is_logged_though_the_caller_is_at_fault_as_well() -> None:
    serving = Serving("regression")
    challenger, _ = plain(4, "challenger", **_ALL)
    _release(serving, plain(3), (challenger, StorageUnavailable("s3 is away")))
    assert serving.problem(GOOD | {"age": 500}).status == 422
    [record] = serving.records()
    assert (record["version"], record["predictions"]) == (4, [])


def test_a_challengers_failure_is_logged_though_the_champions_answer_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(predictor, "MAX_ANSWER_BYTES", 10)
    serving = Serving("regression")
    challenger, _ = plain(4, "challenger", **_ALL)
    _release(serving, plain(3), (challenger, StorageUnavailable("s3 is away")))
    assert serving.problem(GOOD).status == 413
    assert [(record["version"], record["predictions"]) for record in serving.records()] == [(4, [])]


def test_what_only_the_challenger_refuses_is_answered_by_the_champion() -> None:
    serving = Serving("regression")
    _release(serving, plain(3), on_numbers(4, "challenger", **_ALL))
    assert serving.ask(GOOD)["version"] == 3
    assert serving.records()[0]["error"] == "instance 0, 'plan' breaks its signature"


def test_loading_a_challenger_never_drops_the_champion() -> None:
    serving = Serving("regression")
    champion, challenger = plain(3), plain(4, "challenger", scale=0.02, slots=((0, 50),), weight=50)
    serving.models._budget_bytes = 1
    _release(serving, champion, challenger)
    for key in map(str, range(40)):
        serving.ask(GOOD, key=key)
    assert sorted(serving.lake.reads) == sorted({champion[0].key, challenger[0].key})


def test_s3_may_be_away_while_versions_are_loaded() -> None:
    serving = Serving("regression")
    _release(serving, plain(3), plain(4, "challenger", slots=((0, 50),), weight=50))
    before = {key: serving.ask(GOOD, key=key)["version"] for key in map(str, range(20))}
    assert set(before.values()) == {3, 4}
    serving.lake.objects = dict.fromkeys(serving.lake.objects, StorageUnavailable("s3 is away"))
    serving.table.error = StorageUnavailable("dynamodb is away")
    for _ in range(60):
        serving.clock.now += 1
        assert {key: serving.ask(GOOD, key=key)["version"] for key in before} == before


def test_the_champion_answers_and_explains_where_a_challenger_cannot_explain() -> None:
    serving = Serving("regression")
    _release(serving, plain(3), plain(4, "challenger", scale=0.02, **_ALL))
    explain = serving.predict._explain

    def of_champions(entry: Any, rows: Any, raw: Any) -> Any:
        if entry.role == "challenger":
            raise Problem(409, "version 4 has no explanations")
        return explain(entry, rows, raw)

    serving.predict._explain = of_champions
    body = json.dumps({"instances": [GOOD], "explain": True}).encode()
    answer = json.loads(serving.predict("churn", body, request_id="r-1"))
    assert answer["version"] == 3
    assert answer["predictions"][0]["explanation"]["contributions"] == {"age": 40}
    failed, stood_in = serving.records()
    assert (failed["version"], failed["predictions"]) == (4, [])
    assert "no explanations" in failed["error"]
    assert (stood_in["version"], stood_in["instead_of"]) == (3, 4)


def test_a_challenger_is_not_blamed_where_the_champion_cannot_explain_either() -> None:
    serving = Serving("regression")
    _release(serving, plain(3), plain(4, "challenger", scale=0.02, **_ALL))

    def refuse(entry: Any, *_: object) -> Any:
        raise Problem(409, f"version {entry.version} has no explanations")

    serving.predict._explain = refuse
    with pytest.raises(Problem, match="version 3 has no explanations"):
        serving.predict("churn", json.dumps({"instances": [GOOD], "explain": True}).encode(), request_id="r")
    assert serving.records() == []
