"""release, rollback and status: strategies as options, what is sent, who answers before and after."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from cli import api
from cli.api import Answered
from cli.commands import release as release_command
from cli.commands.rollback import wait_until_gone
from cli.errors import CliError, UsageFault
from cli.follow.outcome import Ending, Outcome
from cli.patience import Patience
from cli.releasing.standing import answering, restored_by_rollback, short_release, told_rollback
from cli.releasing.strategy import chosen_strategy, parsed_strategy, told_strategy
from tests.fakes.samples import ALICE, MODEL, deployment, version
from tests.unit.cli.conftest import Cloud
from tests.unit.cli.rollouts import RELEASE_ID, record, rolling_out, standing_alone
from tideline.domain.release.version import VersionState

Tideline = Callable[..., Result]
ASKED = {
    "model": MODEL,
    "version": 3,
    "requested_by": ALICE,
    "event_id": "0a1b2c3d-4e5f-4000-8000-000000000000",
    "release_id": RELEASE_ID,
}


class Endpoint:
    """Answers every call alike, after something has happened, and remembers the calls."""

    def __init__(self, status: int = 200, document: object = ASKED, *, then: Callable[[], None]) -> None:
        self.calls: list[tuple[str, Any]] = []
        self._answer, self._then = Answered(status, json.dumps(document).encode()), then

    def __call__(self, path: str, body: bytes) -> Answered:
        self.calls.append((path, json.loads(body)))
        self._then()
        return self._answer


def endpoint(
    monkeypatch: pytest.MonkeyPatch, status: int = 200, *, then: Callable[[], None] = lambda: None
) -> Endpoint:
    made = Endpoint(status, ASKED if status == 200 else {"detail": "no"}, then=then)
    monkeypatch.setattr(api, "sender", lambda _target: made)
    return made


@pytest.fixture
def three(cloud: Cloud) -> Cloud:
    """Version 2 is live, version 3 a candidate."""
    cloud.apply()
    for number, state in ((1, VersionState.RETIRED), (2, VersionState.LIVE), (3, VersionState.CANDIDATE)):
        cloud.registry.versions.register(version(number, state=state))
    record(cloud, standing_alone(2, generation=4, before=(1,)))
    return cloud


@pytest.mark.parametrize(
    ("options", "strategy", "told"),
    [
        ({}, None, None),
        ({"all_at_once": True}, "all-at-once", "all-at-once"),
        (
            {"canary": "5, 25%,100", "every": "10m"},
            {"canary": [5, 25, 100], "every": "10m"},
            "canary 5, 25, 100 %, judged every 10m",
        ),
        ({"canary": "50"}, {"canary": [50]}, "canary 50 %, judged every 10m"),
        ({"shadow": "1h"}, {"shadow": "1h"}, "shadow for 1h"),
        (
            {"ab": 50, "every": "1h", "within": "7d"},
            {"ab": 50, "every": "1h", "within": "7d"},
            "A/B with 50 %, judged every 1h, within 7d",
        ),
    ],
)
def test_options_make_a_strategy_in_the_words_of_the_spec(
    options: dict[str, Any], strategy: object, told: str | None
) -> None:
    chosen = chosen_strategy(**options)

    assert chosen == strategy
    assert told is None or told_strategy(parsed_strategy(chosen)) == told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"canary": "5,25", "shadow": "1h"}, "--canary and --shadow are two strategies"),
        ({"every": "1h"}, "--every goes with --canary or --ab"),
        ({"shadow": "1h", "every": "1h"}, "--every goes with --canary or --ab"),
        ({"canary": "5", "within": "1d"}, "--within goes with --ab"),
        ({"canary": "five"}, "takes percents such as 5,25,100, and not 'five'"),
        ({"canary": "25,5"}, "--canary: each step has to be larger than the one before"),
        ({"canary": "5,200"}, "--canary: input should be less than or equal to 100"),
        ({"canary": "5", "every": "soon"}, "--every: 'soon' is not a duration"),
        ({"shadow": "soon"}, "--shadow: 'soon' is not a duration"),
        ({"ab": 0}, "--ab: input should be greater than or equal to 1"),
        ({"ab": 0, "canary": "5,100"}, "--canary and --ab are two strategies"),
        ({"ab": 100}, "--ab: input should be less than or equal to 99"),
    ],
)
def test_options_that_make_no_strategy_are_named(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageFault, match=told):
        chosen_strategy(**options)


def test_a_strategy_is_sent_and_told_in_words(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = endpoint(monkeypatch)

    result = tideline("release", MODEL, 3, "--canary", "5,25,100", "--every", "10m", "--reason", "new")

    assert result.exit_code == 0, result.output
    strategy = {"canary": [5, 25, 100], "every": "10m"}
    assert api.calls == [(f"/models/{MODEL}/release", {"version": 3, "reason": "new", "strategy": strategy})]
    assert f"Asked for: release {RELEASE_ID} (canary 5, 25, 100 %, judged every 10m)" in result.stdout
    assert f"tideline watch {MODEL} --release {RELEASE_ID}" in result.stdout


def test_without_a_strategy_the_one_of_the_spec_is_told(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = endpoint(monkeypatch)

    result = tideline("release", MODEL, 3)

    assert "strategy" not in api.calls[0][1]
    assert f"release {RELEASE_ID} (all-at-once)" in result.stdout


@pytest.mark.parametrize(
    ("newer", "number", "told"),
    [
        ("wait", 4, "this one begins when that has ended"),
        ("supersede", 4, "this one is newer and takes its place"),
        ("supersede", 1, "this one begins when that has ended"),
    ],
)
def test_a_release_beside_another_says_what_comes_of_it(
    cloud: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch, newer: str, number: int, told: str
) -> None:
    cloud.apply(release={"newer": newer})
    for each in range(1, 5):
        cloud.registry.versions.register(version(each))
    record(cloud, rolling_out())
    endpoint(monkeypatch)

    result = tideline("release", MODEL, number)

    assert result.exit_code == 0, result.output
    assert "Version 3 is being released, step 1 of 3: " + told in result.stdout
    assert json.loads(tideline("release", MODEL, number, "--json").stdout)["under_way"] == RELEASE_ID


def test_watch_follows_at_once_and_ends_as_the_release_does(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(monkeypatch)
    followed: list[str] = []

    def follow(_session: object, release: Any) -> Outcome:
        followed.append(release.name)
        return Outcome(Ending.ROLLED_BACK, 3, "rolled back")

    monkeypatch.setattr(release_command, "follow", follow)

    assert tideline("release", MODEL, 3, "--watch").exit_code == 3
    assert followed == [RELEASE_ID]


def test_a_rollback_says_who_answers_once_it_has_happened(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = endpoint(monkeypatch, then=lambda: record(three, standing_alone(1, generation=5)))

    result = tideline("rollback", MODEL, "--reason", "too slow")

    assert result.exit_code == 0, result.output
    assert api.calls == [(f"/models/{MODEL}/rollback", {"version": 2, "reason": "too slow"})]
    assert "Version 2 is rolled back" in result.stdout
    assert "Who answers now: version 1: 100 %; every caller within 5 seconds" in result.stdout


def test_a_rollback_of_a_release_leaves_the_champion(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(three, rolling_out())
    api = endpoint(monkeypatch, then=lambda: record(three, standing_alone(2, generation=5, before=(1,))))

    result = tideline("rollback", MODEL, "--json")

    assert api.calls[0][1]["version"] == 3
    told = json.loads(result.stdout)
    assert (told["rolled_back"], told["answers"], told["generation"]) == (3, 2, 5)


def test_the_live_version_can_be_rolled_back_beside_a_release(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(three, rolling_out())
    api = endpoint(monkeypatch, then=lambda: record(three, standing_alone(1, generation=5)))

    assert tideline("rollback", MODEL, 2).exit_code == 0
    assert api.calls[0][1]["version"] == 2


@pytest.mark.parametrize(
    ("number", "told"),
    [(3, "version 2 is live, version 3 is not"), (None, "there is nothing to go back to from version 2")],
)
def test_what_cannot_be_rolled_back_is_not_asked_for(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch, number: int | None, told: str
) -> None:
    record(three, standing_alone(2, generation=4))
    api = endpoint(monkeypatch)

    result = tideline("rollback", MODEL, *([number] if number else []))

    assert result.exit_code == 1
    assert told in result.stderr
    assert api.calls == []


def test_a_model_without_a_live_version_has_nothing_to_roll_back(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()

    assert "nothing to roll back" in tideline("rollback", MODEL).stderr


def test_a_refused_rollback_ends_with_one(
    three: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(monkeypatch, 409)

    result = tideline("rollback", MODEL)

    assert (result.exit_code, "answered 409: no" in result.stderr) == (1, True)


def test_a_rollback_that_is_not_seen_in_time_ends_with_five(three: Cloud) -> None:
    clock = iter(range(1000))
    patience = Patience(timeout_s=30, clock=lambda: next(clock), sleep=lambda _s: None)

    with pytest.raises(CliError, match="still in the deployment after 30 seconds") as failed:
        wait_until_gone(three.registry, standing_alone(2, generation=4), version=2, patience=patience)

    assert failed.value.exit_code == 5


def test_a_later_step_of_the_release_is_no_rollback_of_it(three: Cloud) -> None:
    clock = iter(range(1000))
    record(three, rolling_out(weight=25, generation=5))
    patience = Patience(timeout_s=30, clock=lambda: next(clock), sleep=lambda _s: None)

    with pytest.raises(CliError, match="still in the deployment"):
        wait_until_gone(three.registry, rolling_out(), version=3, patience=patience)


@pytest.mark.parametrize(
    ("found", "who", "cell", "restores"),
    [
        (deployment(2), "version 2: 100 %", "", None),
        (standing_alone(2, generation=3, before=(1,)), "version 2: 100 %", "", 1),
        (rolling_out(), "version 2: 95 %, version 3: 5 %", "version 3: canary 5 %", 2),
        (
            rolling_out("shadow", weight=0),
            "version 2: 100 %, version 3: nobody, compared only",
            "version 3: shadow",
            2,
        ),
    ],
)
def test_who_answers_and_what_a_rollback_restores(found: Any, who: str, cell: str, restores: Any) -> None:
    assert answering(found) == who
    assert short_release(found) == cell
    assert restored_by_rollback(found) == restores
    assert (told_rollback(found) is None) == (restores is None)


def test_status_tells_the_release_under_way(three: Cloud, tideline: Tideline) -> None:
    record(three, rolling_out())

    shown = tideline("status", MODEL).stdout
    told = json.loads(tideline("status", MODEL, "--json").stdout)

    assert f"releasing\tversion 3: canary, step 1 of 3 since 2026-03-01 12:00 ({RELEASE_ID})" in shown
    assert "answering\tversion 2: 95 %, version 3: 5 %" in shown
    assert "rollback\tstops the release of version 3: version 2 answers everybody" in shown
    assert "version 3: canary 5 %" in tideline("status").stdout
    assert (told["rollout"]["strategy"], told["rollback_restores"]) == ("canary", 2)
    assert told["answering"][1] == {"version": 3, "role": "challenger", "weight": 5}
