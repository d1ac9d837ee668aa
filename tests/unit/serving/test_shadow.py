from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import ROW, Serving, on_numbers, plain
from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.serving import shadow as module
from tideline.serving.loaded_model import LoadedModel
from tideline.serving.shadow import STALLED_AFTER_S, WAIT_S

_OLD, _YOUNG = ROW | {"age": 100}, ROW | {"age": 20}


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    """Shadows make threads give way sooner, for the whole process."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def _shadowed(*shadows: Any) -> Serving:
    serving = Serving("regression")
    serving.put([plain(3), *shadows], generation=2, rollout={"release_id": "churn-v5-a", "step": 1})
    return serving


def _metrics(out: str, name: str) -> list[str]:
    lines = [json.loads(line) for line in out.splitlines()]
    return [line["Version"] for line in lines if name in line]


def _score(monkeypatch: pytest.MonkeyPatch, serving: Serving, entry: Any, score: Callable[..., Any]) -> None:
    loaded = serving.models.get(entry)
    monkeypatch.setattr(loaded, "score", score)


def test_a_shadow_answers_for_the_log_alone_under_the_same_ids() -> None:
    serving = _shadowed(plain(5, "shadow", scale=0.03))
    alone = Serving("regression").ask(GOOD, GOOD | {"age": 2})
    answer = serving.ask(GOOD, GOOD | {"age": 2})
    serving.shadows_end()
    assert answer == alone
    heard, unheard = serving.records()
    assert (heard["role"], heard["version"], unheard["role"], unheard["version"]) == (
        "champion",
        3,
        "shadow",
        5,
    )
    for name in ("request_id", "time", "key", "generation", "release_id", "step"):
        assert heard[name] == unheard[name]
    for name in ("prediction_id", "features"):
        assert [each[name] for each in heard["predictions"]] == [
            each[name] for each in unheard["predictions"]
        ]
    values = [[each["value"] for each in record["predictions"]] for record in (heard, unheard)]
    assert values[1] == pytest.approx([3 * value for value in values[0]], rel=1e-5)


def test_every_shadow_has_its_own_record() -> None:
    serving = _shadowed(plain(5, "shadow", scale=0.03), plain(6, "shadow", scale=0.04))
    serving.ask(GOOD)
    serving.shadows_end()
    assert [record["version"] for record in serving.records()] == [3, 5, 6]


_INFINITE = samples.artifact("regression", infinite=True)
_OTHER = samples.artifact("multiclass")


@pytest.mark.parametrize(
    ("shadow", "error"),
    [
        ((plain(5, "shadow")[0], StorageUnavailable("s3 is away")), "s3 is away"),
        ((plain(5, "shadow")[0], ArtifactInvalid("the lake has no object")), "no object"),
        ((plain(5, "shadow")[0], b"\x80\x04 a renamed pickle"), "SHA-256"),
        ((samples.version(_INFINITE, 5, task="regression", role="shadow"), _INFINITE), "no finite answer"),
        ((samples.version(_OTHER, 5, task="binary", role="shadow"), _OTHER), "ArtifactInvalid"),
        (on_numbers(5, "shadow"), "'plan' breaks its signature"),
    ],
)
def test_a_shadow_that_fails_changes_no_answer_and_is_logged_and_counted(
    shadow: Any, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = _shadowed(shadow)
    answers = [serving.ask(GOOD)]
    serving.shadows_end()
    answers.append(serving.ask(GOOD))
    serving.shadows_end()
    assert answers == [Serving("regression").ask(GOOD)] * 2
    failed = [record for record in serving.records() if record["role"] == "shadow"]
    assert [(record["version"], record["predictions"]) for record in failed] == [(5, [])] * 2
    assert all(error in record["error"] for record in failed)
    assert _metrics(capsys.readouterr().out, "ShadowFailed") == ["5", "5"]


def test_a_shadow_that_raises_hides_what_it_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow = plain(5, "shadow", scale=0.03)
    serving = _shadowed(shadow)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    _score(monkeypatch, serving, shadow[0], fail)
    assert serving.ask(GOOD)["version"] == 3
    serving.shadows_end()
    assert serving.records()[1]["error"] == "unexpected ZeroDivisionError"


def test_a_record_that_cannot_be_written_ends_no_other_shadows_turn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = _shadowed(plain(5, "shadow", scale=0.03), plain(6, "shadow", scale=0.04))
    answered = serving.shadows._log.answered

    def write(call: Any, turn: Any, **fields: Any) -> None:
        if turn.entry.version == 5:
            raise OSError("the pipe is closed")
        answered(call, turn, **fields)

    monkeypatch.setattr(serving.shadows._log, "answered", write)
    assert serving.ask(GOOD)["version"] == 3
    serving.shadows_end()
    assert [record["version"] for record in serving.records()] == [3, 6]
    assert "\"a shadow's record can't be written\"" in capsys.readouterr().out


def test_a_caller_waits_for_a_slow_shadow_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow = plain(5, "shadow", scale=0.03)
    serving = _shadowed(shadow)
    release = threading.Event()
    _score(monkeypatch, serving, shadow[0], lambda rows: release.wait(20) and [[1.0]] * len(rows))
    waits: list[float | None] = []
    wait = module.Aside.wait

    def spied(aside: Any, timeout_s: float) -> Any:
        waits.append(timeout_s)
        return wait(aside, timeout_s)

    monkeypatch.setattr(module.Aside, "wait", spied)
    began = time.perf_counter()
    assert serving.ask(GOOD)["version"] == 3
    took_s = time.perf_counter() - began
    release.set()
    serving.shadows_end()
    assert waits == [WAIT_S]
    assert WAIT_S <= 0.005
    # The shadow would take 20 s; what is above `WAIT_S` is the champion's, on a machine that may be busy.
    assert took_s < 5
    assert [record["version"] for record in serving.records()] == [3, 5]


def test_while_a_shadow_is_busy_calls_are_answered_without_it_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shadow = plain(5, "shadow", scale=0.03)
    serving = _shadowed(shadow)
    release, begun = threading.Event(), threading.Event()

    def slow(rows: Any) -> list[list[float]]:
        begun.set()
        assert release.wait(20)
        return [[1.0]] * len(rows)

    _score(monkeypatch, serving, shadow[0], slow)
    for number in range(4):
        assert serving.ask(GOOD, request_id=f"r-{number}")["version"] == 3
        assert begun.wait(20)
    assert _metrics(capsys.readouterr().out, "ShadowSkipped") == ["5"] * 3
    release.set()
    serving.shadows_end()
    serving.ask(GOOD, request_id="r-9")
    serving.shadows_end()
    asked = [record["request_id"] for record in serving.records() if record["role"] == "shadow"]
    assert asked == ["r-0", "r-9"]


def _stalled() -> Serving:
    """A champion on two numbers, and a shadow that is at work for ever on the old."""
    serving = Serving("regression")
    serving.put([on_numbers(3, "champion"), on_numbers(5, "shadow", stalls_after_age=50)], generation=2)
    serving.ask(_YOUNG)
    serving.shadows_end()
    assert serving.ask(_OLD)["version"] == 3
    return serving


def test_a_shadow_that_stalls_is_stopped_and_rests(capsys: pytest.CaptureFixture[str]) -> None:
    serving = _stalled()
    serving.ask(_YOUNG)
    work = serving.shadows._work
    assert work is not None
    assert not work.aside.done
    serving.processor.now += STALLED_AFTER_S + 1
    serving.ask(_YOUNG)
    serving.shadows_end()
    assert "terminate" in serving.records()[-1]["error"]
    count = len(serving.records())
    serving.ask(_YOUNG)
    assert len(serving.records()) == count + 1
    assert _metrics(capsys.readouterr().out, "ShadowSkipped") == ["5"] * 3
    serving.clock.now += 60
    serving.ask(_YOUNG)
    serving.shadows_end()
    assert (serving.records()[-1]["role"], serving.records()[-1]["error"]) == ("shadow", None)


def test_a_shadow_that_stalls_is_stopped_even_after_its_release() -> None:
    serving = _stalled()
    serving.put([on_numbers(3, "champion")], generation=3)
    serving.processor.now += STALLED_AFTER_S + 1
    assert serving.ask(_YOUNG)["version"] == 3
    serving.shadows_end()
    assert "terminate" in serving.records()[-1]["error"]


def test_a_shadow_at_work_does_not_hold_up_the_champion_that_it_becomes() -> None:
    serving = _stalled()
    serving.put([on_numbers(5, "champion", stalls_after_age=50)], generation=3)
    answered: list[int] = []
    asking = threading.Thread(target=lambda: answered.append(serving.ask(_YOUNG)["version"]), daemon=True)
    asking.start()
    asking.join(20)
    work = serving.shadows._work
    assert work is not None
    assert not work.aside.done
    assert answered == [5]
    serving.models.stop(work.current[0])
    serving.shadows_end()


def test_without_a_thread_there_is_an_answer_and_no_shadow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = _shadowed(plain(5, "shadow", scale=0.03), plain(4, "challenger", slots=((0, 100),)))

    def none_left(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    assert serving.ask(GOOD)["version"] == 3
    assert [record["version"] for record in serving.records()] == [4, 3]
    assert serving.records()[0]["error"] == "not asked, for the process has no thread left"
    assert '"no thread is left for shadows"' in capsys.readouterr().out


def test_where_a_call_fails_no_shadow_is_asked() -> None:
    serving = _shadowed(plain(5, "shadow", scale=0.03))
    assert serving.problem(GOOD | {"age": 500}).status == 422
    assert serving.shadows._work is None


def test_loading_a_shadow_never_drops_the_champion() -> None:
    serving = _shadowed(plain(5, "shadow", scale=0.03))
    serving.models._budget_bytes = 1
    for _ in range(3):
        serving.ask(GOOD)
        serving.shadows_end()
    assert len(serving.lake.reads) == 2


def test_a_challengers_failure_and_a_shadows_answer_are_told_apart() -> None:
    challenger, _ = plain(4, "challenger", scale=0.02, slots=((0, 100),))
    serving = _shadowed((challenger, StorageUnavailable("away")), plain(5, "shadow", scale=0.03))
    serving.ask(GOOD)
    serving.shadows_end()
    told = [(each["role"], each["version"], each["instead_of"]) for each in serving.records()]
    assert told == [("challenger", 4, None), ("champion", 3, 4), ("shadow", 5, None)]


def test_shadows_do_not_ask_models_on_their_callers_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    score = LoadedModel.score

    def spied(model: LoadedModel, rows: Any) -> Any:
        names.append(threading.current_thread().name)
        return score(model, rows)

    monkeypatch.setattr(LoadedModel, "score", spied)
    serving = _shadowed(plain(5, "shadow", scale=0.03))
    serving.ask(GOOD)
    serving.shadows_end()
    assert names == [threading.current_thread().name, "shadow"]
