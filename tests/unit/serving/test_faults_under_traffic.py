"""Faults while calls keep coming: no call fails that the champion could have answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import ROW, Serving, on_numbers, plain
from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.serving.challenger import Limits
from tideline.serving.model_cache import ATTEMPTS
from tideline.serving.problems import Problem

_HALF = {"slots": ((0, 50),), "weight": 50}
_KEYS = [str(number) for number in range(40)]
_GONE = ArtifactInvalid("the lake has no object")
_AWAY = StorageUnavailable("no answer")
# Who has a slot below 50.
_CHALLENGED = 4


def _released(*versions: Any, limits: Limits | None = None) -> Serving:
    serving = Serving("regression") if limits is None else Serving("regression", limits=limits)
    serving.put(versions, generation=2, rollout={"release_id": "churn-v4-a", "step": 1})
    return serving


def _answers(serving: Serving, row: dict[str, Any] = GOOD) -> Counter[int]:
    """Let each caller ask; a call that fails raises."""
    return Counter(serving.ask(row, key=key, request_id=key)["version"] for key in _KEYS)


def _infinite() -> Any:
    content = samples.artifact("regression", infinite=True)
    return samples.version(content, 4, task="regression", role="challenger", **_HALF), content


def _another_shape() -> Any:
    content = samples.artifact("multiclass")
    return samples.version(content, 4, task="regression", role="challenger", **_HALF), content


def _with(found: object) -> Callable[[], Any]:
    return lambda: (plain(4, "challenger", scale=0.02, **_HALF)[0], found)


@pytest.mark.parametrize(
    "challenger",
    [
        _with(b"\x80\x04 a renamed pickle"),
        _with(samples.artifact("regression", scale=0.5)),
        _with(samples.artifact("regression", scale=0.02)[:-40]),
        _with(_GONE),
        _with(_AWAY),
        _infinite,
        _another_shape,
        lambda: on_numbers(4, "challenger", **_HALF),
    ],
    ids=["corrupt", "other hash", "cut off", "gone", "away", "not finite", "other shape", "other features"],
)
def test_a_challenger_that_cannot_answer_costs_no_call(challenger: Callable[[], Any]) -> None:
    serving = _released(plain(3), challenger())
    for _ in range(3):
        assert _answers(serving) == {3: len(_KEYS)}
        serving.clock.now += 6
    failed = Counter(record["version"] for record in serving.records() if record["error"])
    stood_in = Counter(record["instead_of"] for record in serving.records() if record["version"] == 3)
    assert failed[_CHALLENGED] == stood_in[_CHALLENGED] > 0
    assert failed[_CHALLENGED] + stood_in[None] == 3 * len(_KEYS)


def test_a_challenger_that_stalls_costs_no_call_and_one_wait() -> None:
    challenger = on_numbers(4, "challenger", stalls_after_age=50, **_HALF)
    limits = Limits(answer_s=0.2, load_s=20.0)
    serving = _released(on_numbers(3, "champion"), challenger, limits=limits)
    assert set(_answers(serving, ROW | {"age": 20})) == {3, 4}
    assert _answers(serving, ROW | {"age": 100}) == {3: len(_KEYS)}
    errors = Counter(record["error"] for record in serving.records() if record["error"])
    assert errors["gave no answer within 0.2 s"] == 1
    assert (
        errors.total()
        == errors["gave no answer within 0.2 s"]
        + errors["not asked, for a moment ago it gave no answer within 0.2 s"]
    )


def test_a_challenger_that_is_deleted_answers_while_it_is_in_memory_and_then_the_champion_does() -> None:
    challenger, content = plain(4, "challenger", scale=0.02, **_HALF)
    serving = _released(plain(3), (challenger, content))
    before = _answers(serving)
    assert set(before) == {3, 4}
    serving.lake.objects[challenger.key] = _GONE
    assert _answers(serving) == before
    serving.models.stop(challenger)
    assert _answers(serving) == {3: len(_KEYS)}


def test_a_champion_that_is_deleted_goes_on_from_memory() -> None:
    serving = _released(plain(3))
    assert _answers(serving) == {3: len(_KEYS)}
    serving.lake.objects = dict.fromkeys(serving.lake.objects, _GONE)
    for generation in range(3, 6):
        serving.table.documents["churn"] = samples.document(plain(3)[0], generation=generation)
        serving.clock.now += 6
        assert _answers(serving) == {3: len(_KEYS)}


def test_a_new_champion_that_is_deleted_before_it_is_loaded_leaves_the_old_one_answering() -> None:
    serving = _released(plain(3), plain(4, "challenger", scale=0.02, **_HALF))
    _answers(serving)
    serving.put([(plain(7)[0], _GONE)], generation=3, before=[3])
    assert _answers(serving) == {3: len(_KEYS)}


def test_a_minute_without_table_and_lake_changes_nothing_of_who_answers_whom() -> None:
    serving = _released(plain(3), plain(4, "challenger", scale=0.02, **_HALF))
    before = _answers(serving)
    reads = len(serving.lake.reads)
    serving.lake.objects = dict.fromkeys(serving.lake.objects, _AWAY)
    serving.table.error = _AWAY
    serving.table.attempts.clear()
    for _ in range(60):
        serving.clock.now += 1
        assert _answers(serving) == before
    assert len(serving.lake.reads) == reads
    assert set(serving.table.attempts) == {1}
    assert 10 <= len(serving.table.attempts) <= 12


def test_nobody_waits_for_retries_while_the_version_before_can_answer() -> None:
    serving = _released(plain(3))
    _answers(serving)
    serving.put([(plain(4, scale=0.02)[0], _AWAY)], generation=3, before=[3])
    assert _answers(serving) == {3: len(_KEYS)}
    assert serving.lake.attempts[-1] == 1
    fresh = Serving("regression")
    fresh.put([(plain(4)[0], _AWAY)], generation=3)
    assert fresh.problem(GOOD).status == 503
    assert fresh.lake.attempts == [ATTEMPTS]


def test_no_call_goes_to_a_version_that_was_rolled_back_once_its_record_is_read() -> None:
    serving = _released(plain(3), plain(4, "challenger", scale=0.02, **_HALF))
    assert set(_answers(serving)) == {3, 4}
    serving.table.documents["churn"] = samples.document(plain(3)[0], generation=3)
    serving.clock.now += 5
    assert _answers(serving) == {3: len(_KEYS)}
    # Not even where the champion can't be loaded any more.
    serving.models.stop(plain(3)[0])
    serving.lake.objects = dict.fromkeys(serving.lake.objects, _GONE)
    with pytest.raises(Problem, match="not available"):
        _answers(serving)
