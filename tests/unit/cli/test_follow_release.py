"""Following a release: every visit of a state once, steps and judgements in words, its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from typer.testing import Result

from cli.errors import CliError
from cli.follow import choice
from cli.follow.choice import Patience, choose
from cli.follow.history import progress_of
from cli.follow.news import News
from cli.follow.outcome import Ending, Outcome, outcome_of
from cli.follow.release_follower import ReleaseFollower
from cli.follow.source import Release, ReleaseExecution, Source
from cli.follow.steps import Step, clock_face, told_step
from cli.follow.updates import Ended, Paused, ReleaseFound, Shifted, StageEnded, StepJudged, Waiting
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, run, version
from tests.unit.cli.conftest import Cloud
from tests.unit.cli.rollouts import (
    CANARY,
    RELEASE_ID,
    ROLLED_BACK,
    WORSE,
    at,
    entered,
    judged,
    left,
    record,
    rolling_out,
    standing_alone,
    step_events,
)
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus

Tideline = Callable[..., Result]
Events = list[dict[str, Any]]
RELEASE = Release(RELEASE_ID, MODEL, 3)


def news(events: Events, *, seconds: float = 0.0) -> list[Any]:
    return list(News().of(progress_of(events), now=at(seconds)))


def test_a_state_that_is_entered_again_is_another_visit() -> None:
    stages = progress_of(CANARY).stages

    assert [(s.name, s.visit, s.seconds) for s in stages if s.name in ("Shift", "Judge")] == [
        ("Shift", 1, 1.0),
        ("Judge", 1, 2.0),
        ("Shift", 2, 1.0),
        ("Judge", 2, 2.0),
        ("Shift", 3, 1.0),
    ]
    assert {"IsLive", "Verdict"}.isdisjoint(stage.name for stage in stages)


def test_every_visit_is_told_once_however_often_one_looks() -> None:
    told, once = News(), []
    for seen in range(len(CANARY) + 1):
        once += told.of(progress_of(CANARY[:seen]), now=START)

    assert [u.step.weight for u in once if isinstance(u, Shifted)] == [5, 25, 100]
    assert [u.judgement.challenger_calls for u in once if isinstance(u, StepJudged)] == [40, 205]
    assert [u.stage.name for u in once if isinstance(u, StageEnded)].count("Bake") == 2
    assert not list(told.of(progress_of(CANARY), now=START))


def test_a_watched_step_shows_how_long_it_is_watched() -> None:
    (pause,) = [u.pause for u in news(CANARY[:7], seconds=202) if isinstance(u, Paused)]

    assert pause.text == "canary 5 %: 3:20 of 10:00"


def test_a_held_step_shows_the_calls_of_the_last_look_and_is_told_once() -> None:
    hold = judged("hold", "40 of 100 calls", wait_s=60)
    events = [
        *step_events(1, 5, 0, hold),
        entered("Hold", 603),
        left("Hold", 663),
        entered("Judge", 663),
        left("Judge", 664, hold),
        entered("Hold", 664),
    ]

    updates = news(events, seconds=674)

    assert [u.again for u in updates if isinstance(u, StepJudged)] == [False, True]
    assert updates[-1].pause.text == "canary 5 %, held: 0:10 of 1:00, 812 calls"


def test_the_calls_of_one_step_are_not_told_at_the_next() -> None:
    into_second = [*CANARY[:12], *CANARY[12:17]]

    assert [s.name for s in progress_of(into_second).stages][-1] == "Bake"
    assert news(into_second, seconds=615)[-1].pause.text == "canary 25 %: 0:10 of 10:00"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            {"strategy": "canary", "weight": 5, "wait_s": 600},
            "canary step 1 of 3: 5 % to version 3, 95 % to version 2, for 10m",
        ),
        (
            {"strategy": "shadow", "weight": 0, "wait_s": 3600},
            "shadow step 1 of 3: version 3 beside version 2, answering nobody, for 1h",
        ),
        (
            {"strategy": "ab", "weight": 50, "wait_s": 30},
            "A/B step 1 of 3: 50 % to version 3, 50 % to version 2, for 30s",
        ),
        ({"weight": 100, "live": True}, "version 3 answers everybody"),
        ({"weight": 0, "outcome": "queued"}, "waits until the release that is under way has ended"),
        ({"weight": 0, "outcome": "over"}, "something else has taken its place"),
    ],
)
def test_a_step_says_what_it_means_for_callers(step: Mapping[str, Any], told: str) -> None:
    assert told in told_step(3, Step(step=1, steps=3, champion=2, **step))


def test_a_stage_of_another_shape_is_shown_without_a_step() -> None:
    odd = [entered("Shift", 0), left("Shift", 1, {"step": "one", "steps": 3, "weight": 5})]

    assert [type(update).__name__ for update in news(odd)] == ["StageBegan", "StageEnded"]


@pytest.mark.parametrize(("seconds", "told"), [(0, "0:00"), (200, "3:20"), (3800, "1:03:20")])
def test_a_time_reads_like_a_clock(seconds: float, told: str) -> None:
    assert clock_face(seconds) == told


class FakeSource(Source):
    """A release whose history is a few events longer at every look, and whose execution ends with it."""

    def __init__(self, cloud: Cloud, events: Events, *, status: str = "SUCCEEDED", absent: int = 0) -> None:
        super().__init__(cloud.target, cloud.registry)
        self.__dict__.update(events=events, status=status, absent=absent, seen=0, other=None)

    def execution(self, release: Release) -> ReleaseExecution | None:
        self.__dict__["seen"] += 1
        if self.__dict__["seen"] <= self.__dict__["absent"]:
            return None
        over = self._shown() >= len(self.__dict__["events"])
        return ReleaseExecution(release, "arn", self.__dict__["status"] if over else "RUNNING", START)

    def stages(self, execution: ReleaseExecution) -> Any:
        return progress_of(self.__dict__["events"][: self._shown()])

    def running_release(self, model: str) -> ReleaseExecution | None:
        other: ReleaseExecution | None = self.__dict__["other"]
        return other

    def _shown(self) -> int:
        return 7 * (self.__dict__["seen"] - self.__dict__["absent"])


def follow(source: Source, *, timeout_s: float = 1000) -> Iterator[Any]:
    clock = iter(range(10_000))
    follower = ReleaseFollower(source, timeout_s=timeout_s, clock=lambda: next(clock), sleep=lambda _s: None)
    return follower.follow(RELEASE)


def with_version(cloud: Cloud, state: VersionState, *, note: str = "", live: int = 2) -> None:
    cloud.apply()
    for number in (1, 2):
        cloud.registry.versions.register(version(number, state=VersionState.RETIRED))
    cloud.registry.versions.register(version(3, state=state))
    if note:
        cloud.registry.versions.note(version(3, state=state), note)
    record(cloud, standing_alone(live, generation=9))


def test_a_canary_that_goes_live_ends_with_zero(cloud: Cloud) -> None:
    with_version(cloud, VersionState.LIVE, live=3)

    updates = list(follow(FakeSource(cloud, CANARY)))

    assert isinstance(updates[0], ReleaseFound)
    assert [u.step.weight for u in updates if isinstance(u, Shifted)] == [5, 25, 100]
    ended = updates[-1].outcome
    assert (ended.ending, ended.ending.exit_code, ended.message) == (Ending.LIVE, 0, "version 3 is live")


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_a_release_that_is_rolled_back_ends_with_three_and_the_reason(cloud: Cloud, status: str) -> None:
    with_version(cloud, VersionState.ROLLED_BACK, note=f"rolled back by judge: {WORSE}")

    ended = list(follow(FakeSource(cloud, ROLLED_BACK, status=status)))[-1].outcome

    assert (ended.ending, ended.ending.exit_code) == (Ending.ROLLED_BACK, 3)
    assert ended.message == f"version 3 was rolled back by judge: {WORSE}; version 2 answers"


def test_a_rollback_by_command_is_seen_while_the_execution_sleeps_on(cloud: Cloud) -> None:
    with_version(cloud, VersionState.ROLLED_BACK, note="rolled back by request")
    asleep = FakeSource(cloud, CANARY[:7] + [{"timestamp": START}] * 1000)

    ended = list(follow(asleep))[-1].outcome

    assert ended.ending is Ending.ROLLED_BACK


def test_a_version_that_was_rolled_back_before_may_be_released_again(cloud: Cloud) -> None:
    with_version(cloud, VersionState.ROLLED_BACK, note="rolled back by judge: long ago")
    before_its_shift = FakeSource(cloud, CANARY[:1] + [{"timestamp": START}] * 50)

    updates = [type(u) for u in follow(before_its_shift)]

    assert updates.count(Waiting) > 3


def test_a_release_that_awaits_approval_ends_with_four(cloud: Cloud) -> None:
    with_version(cloud, VersionState.AWAITING_APPROVAL)

    ended = list(follow(FakeSource(cloud, CANARY)))[-1].outcome

    assert ended.ending.exit_code == 4


@pytest.mark.parametrize(
    ("note", "told"),
    [
        (f"release {RELEASE_ID} failed in Preflight: PreflightFailed: no", "PreflightFailed: no; version 2"),
        (f"release {MODEL}-v3-ffffffffffff failed in Preflight: old", f"release {RELEASE_ID} ended: failed"),
    ],
)
def test_a_release_that_fails_ends_with_five_and_only_its_own_note(
    cloud: Cloud, note: str, told: str
) -> None:
    with_version(cloud, VersionState.CANDIDATE, note=note)

    ended = list(follow(FakeSource(cloud, CANARY[:1], status="FAILED")))[-1].outcome

    assert ended.ending.exit_code == 5
    assert told in ended.message


def test_a_release_without_effect_says_who_answers_and_why(cloud: Cloud) -> None:
    with_version(cloud, VersionState.CANDIDATE)
    events = [*CANARY[:2], *step_events(1, 50, 1, judged("over", "after 14d the champion stays"))]

    ended = list(follow(FakeSource(cloud, events)))[-1].outcome

    assert ended.ending.exit_code == 3
    assert ended.message == "version 3 did not go live; version 2 answers: after 14d the champion stays"


def test_a_queued_release_is_waited_for_as_long_as_another_is_under_way(cloud: Cloud) -> None:
    with_version(cloud, VersionState.LIVE, live=3)
    source = FakeSource(cloud, CANARY, absent=300)
    other = Release(f"{MODEL}-v2-0a1b2c3d4e5f", MODEL, 2)
    source.__dict__["other"] = ReleaseExecution(other, "arn", "RUNNING", START)

    updates = list(follow(source))

    assert updates[1] == Waiting(f"waiting for release {other.name} to end")
    assert updates[-1].outcome.ending is Ending.LIVE


def test_a_release_that_finds_another_under_way_is_followed_when_its_turn_has_come(cloud: Cloud) -> None:
    with_version(cloud, VersionState.LIVE, live=3)
    waits = {"outcome": "queued", "live": False, "step": 0, "steps": 0, "weight": 0}
    first = FakeSource(cloud, [entered("Shift", 0), left("Shift", 1, waits)])
    again = Release(f"{MODEL}-v3-ffffffffffff", MODEL, 3)
    later = ReleaseExecution(again, "arn", "SUCCEEDED", at(60))

    class InTurn(FakeSource):
        def execution(self, release: Release) -> ReleaseExecution | None:
            return later if release == again else first.execution(release)

        def stages(self, execution: ReleaseExecution) -> Any:
            return progress_of(CANARY) if execution == later else first.stages(execution)

        def newest_release(self, model: str) -> ReleaseExecution | None:
            return later

    updates = list(follow(InTurn(cloud, [])))

    assert [u.release for u in updates if isinstance(u, ReleaseFound)] == [RELEASE, again]
    assert [u.step.outcome for u in updates if isinstance(u, Shifted)][:2] == ["queued", "under_way"]
    assert (updates[-1].subject, updates[-1].outcome.ending) == (again, Ending.LIVE)


def test_a_release_that_never_begins_is_given_up_with_a_hint(cloud: Cloud) -> None:
    with_version(cloud, VersionState.CANDIDATE)

    with pytest.raises(CliError, match="has not begun, and no other is in its way") as failed:
        list(follow(FakeSource(cloud, CANARY, absent=10_000)))

    assert failed.value.exit_code == 5


def test_a_release_that_never_ends_is_given_up_with_a_hint(cloud: Cloud) -> None:
    with_version(cloud, VersionState.RELEASING)

    with pytest.raises(CliError, match="has not ended in 20 seconds; it goes on"):
        list(follow(FakeSource(cloud, CANARY[:7] + [{"timestamp": START}] * 9000), timeout_s=20))


@pytest.fixture
def released(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A run that made version 2, and a release of version 3 by itself, under way."""
    with_version(cloud, VersionState.ROLLED_BACK, note=f"rolled back by judge: {WORSE}")
    cloud.registry.runs.begin(run(), event_id="e")
    cloud.registry.runs.save(run(status=RunStatus.REGISTERED, version=2, ended_at=at(10)))
    cloud.registry.runs.release_lock(MODEL, run().order.run_id)
    machine = cloud.target.output("ReleaseStateMachine")
    for name in ("by-hand", "other-v3-0a1b2c3d0000", RELEASE_ID):
        cloud.target.stepfunctions.start_execution(stateMachineArn=machine, name=name, input="{}")
    monkeypatch.setattr("cli.follow.source.read_history", lambda _client, _arn: ROLLED_BACK)
    return cloud


def stop(cloud: Cloud) -> None:
    machine = cloud.target.output("ReleaseStateMachine")
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{RELEASE_ID}"
    cloud.target.stepfunctions.stop_execution(executionArn=arn)


def test_a_release_by_itself_is_followed_where_no_run_is_under_way(released: Cloud) -> None:
    source = Source(released.target, released.registry)

    assert choose(source, MODEL) == RELEASE


def test_a_release_that_ended_after_the_newest_run_is_the_newest_thing(
    released: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "_BRIEFLY_S", 0)
    stop(released)

    chosen = choose(
        Source(released.target, released.registry), MODEL, patience=Patience(sleep=lambda _s: None)
    )

    assert chosen == RELEASE


def test_watch_follows_a_release_to_its_end(released: Cloud, tideline: Tideline) -> None:
    stop(released)

    result = tideline("watch", MODEL, "--release", RELEASE_ID)

    assert result.exit_code == 3, result.output
    assert f"Release {RELEASE_ID} of version 3" in result.stdout
    assert "canary step 1 of 3: 5 % to version 3, 95 % to version 2, for 10m" in result.stdout
    assert "goes back: 40 calls of version 3, 772 of version 2" in result.stdout
    assert f"    {WORSE}" in result.stdout
    assert "bake" not in result.stdout


def test_watch_of_a_release_as_json_has_steps_and_judgements(released: Cloud, tideline: Tideline) -> None:
    stop(released)

    result = tideline("watch", MODEL, "--release", RELEASE_ID, "--json")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    shift = next(line for line in lines if line["update"] == "shift")
    judgement = next(line for line in lines if line["update"] == "judgement")
    assert (shift["strategy"], shift["step"], shift["weight"], shift["champion"]) == ("canary", 1, 5, 2)
    assert (judgement["outcome"], judgement["weight"], judgement["reasons"]) == ("roll_back", 5, [WORSE])
    assert lines[0] == {"update": "release", "release_id": RELEASE_ID, "version": 3}
    assert (lines[-1]["release_id"], lines[-1]["outcome"], lines[-1]["exit_code"]) == (
        RELEASE_ID,
        "rolled_back",
        3,
    )


@pytest.mark.parametrize("name", ["by-hand", "other-v3-0a1b2c3d0000", f"{MODEL}-v9-0a1b2c3d0000"])
def test_watch_of_a_release_that_there_is_not(released: Cloud, tideline: Tideline, name: str) -> None:
    result = tideline("watch", MODEL, "--release", name)

    assert result.exit_code == 1
    assert "has no release" in result.stderr


def test_a_run_whose_version_is_being_released_is_not_over(cloud: Cloud) -> None:
    with_version(cloud, VersionState.RELEASING, note="release x failed in Preflight: of an earlier try")
    record(cloud, rolling_out())

    assert outcome_of(cloud.registry, run(status=RunStatus.REGISTERED, version=3)) is None


def test_ends_name_what_ended() -> None:
    line = Ended(run(), Outcome(Ending.ROLLED_BACK, 3, "so")).to_json()

    assert (line["run_id"], "release_id" in line) == ("churn-d1-s1", False)
