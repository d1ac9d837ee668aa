"""Following a run: its stages, its verdict, its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import Result

from cli.errors import CliError
from cli.follow.choice import Patience, choose_run
from cli.follow.details import detail_of
from cli.follow.follower import Follower
from cli.follow.history import Progress, Stage, progress_of
from cli.follow.outcome import Ending, outcome_of
from cli.follow.source import Source
from cli.follow.updates import Ended, Judged, StageBegan, StageEnded, TrialsMoved, Waiting
from tests.fakes.clock import START
from tests.fakes.samples import (
    ALICE,
    MODEL,
    approval_request,
    deployment,
    dropped,
    evaluated,
    order,
    receipt,
    run,
    version,
)
from tests.fakes.samples import batch as a_batch
from tests.unit.cli.conftest import Cloud
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import Run, RunFailure, RunStatus

Tideline = Callable[..., Result]
PREPARED = {"trials": [{}, {}], "rows_train": 800, "rows_holdout": 200}
EVALUATED = evaluated("PROMOTE", "r2 0.8 beats the 0 of a constant answer").model_dump(mode="json")


def at(seconds: float) -> Any:
    return START + timedelta(seconds=seconds)


def entered(name: str, seconds: float) -> dict[str, Any]:
    return {"timestamp": at(seconds), "stateEnteredEventDetails": {"name": name}}


def left(name: str, seconds: float, output: object = None) -> dict[str, Any]:
    return {"timestamp": at(seconds), "stateExitedEventDetails": {"name": name, "output": json.dumps(output)}}


HISTORY = [
    entered("Prepare", 0),
    left("Prepare", 2, PREPARED),
    entered("Trials", 2),
    entered("Trial", 2),
    entered("Trial", 2),
    left("Trial", 5, {"score": 0.7}),
    left("Trial", 6, {"score": 0.6}),
    left("Trials", 6, [{"trainer": "linear", "score": 0.7}, {"trainer": "lightgbm", "score": 0.6}]),
    entered("Evaluate", 6),
    left("Evaluate", 9, EVALUATED),
]


def test_a_history_becomes_stages_and_scores() -> None:
    progress = progress_of(HISTORY)

    assert [(stage.name, stage.seconds) for stage in progress.stages] == [
        ("Prepare", 2.0),
        ("Trials", 4.0),
        ("Evaluate", 3.0),
    ]
    assert (progress.scores, progress.trials) == ((0.7, 0.6), 2)


def test_a_stage_under_way_has_no_time_yet() -> None:
    assert progress_of(HISTORY[:3]).stages[-1].seconds is None


@pytest.mark.parametrize(
    ("name", "output", "told"),
    [
        ("Prepare", PREPARED, "800 rows to train on, 200 held out; 2 trials planned"),
        ("Trials", [{"trainer": "linear", "score": 0.71}], "best of 1: linear, 0.71 on validation rows"),
        (
            "Fit",
            {"trainer": "lightgbm", "rounds": 82, "size_bytes": 64_700},
            "lightgbm, 82 rounds, 64.7 kB of ONNX",
        ),
        ("Evaluate", EVALUATED | {"champion": 0.75}, "r2 0.8 (champion 0.75)"),
        ("Register", {"version": 2, "state": "candidate"}, "version 2, candidate"),
        ("Deploy", {"generation": 3}, "deployment generation 3"),
        ("Preflight", {"any": "thing"}, ""),
        ("Fit", {"of": "another version"}, ""),
    ],
)
def test_what_a_stage_brought_is_told_in_half_a_line(name: str, output: object, told: str) -> None:
    assert detail_of(Stage(name, START, START, output), Progress()) == told


class FakeSource(Source):
    """A run whose records move on by one at every look."""

    def __init__(self, cloud: Cloud, looks: list[tuple[Run, int]]) -> None:
        super().__init__(cloud.target, cloud.registry)
        object.__setattr__(self, "looks", looks)

    looks: list[tuple[Run, int]]

    def load(self, run: Run) -> Run:
        return self.looks[0][0] if len(self.looks) == 1 else self.looks.pop(0)[0]

    def training(self, run: Run) -> Progress:
        return progress_of(HISTORY[: self.looks[0][1]])

    def release(self, run: Run) -> Progress:
        return progress_of([entered("Deploy", 10), left("Deploy", 11, {"generation": 1})])


def follow(source: Source, **options: Any) -> Iterator[Any]:
    clock = iter(range(1000))
    follower = Follower(source, timeout_s=100, clock=lambda: next(clock), sleep=lambda _s: None, **options)
    return follower.follow(run())


def live(cloud: Cloud) -> Run:
    """Record a version that went live, and return its run."""
    cloud.apply()
    cloud.registry.versions.register(version())
    cloud.registry.deployments.replace(deployment(), states={1: (VersionState.CANDIDATE, VersionState.LIVE)})
    return run(status=RunStatus.REGISTERED, version=1, evaluation=evaluated(), ended_at=at(10))


def test_everything_is_told_once_and_in_order_until_live(cloud: Cloud) -> None:
    over, running = live(cloud), run(status=RunStatus.RUNNING)

    updates = list(
        follow(FakeSource(cloud, [(running, 1), (running, 3), (running, 6), (over, 10), (over, 10)]))
    )

    told = [type(update) for update in updates if not isinstance(update, Waiting)]
    assert told.count(Judged) == 1
    assert [u.stage.name for u in updates if isinstance(u, StageBegan)] == [
        "Prepare",
        "Trials",
        "Evaluate",
        "Deploy",
    ]
    assert [u.stage.name for u in updates if isinstance(u, StageEnded)] == [
        "Prepare",
        "Trials",
        "Evaluate",
        "Deploy",
    ]
    assert [(u.done, u.total, u.best) for u in updates if isinstance(u, TrialsMoved)] == [
        (1, 2, 0.7),
        (2, 2, 0.7),
    ]
    assert told.index(Judged) < told.index(Ended)
    assert updates[-1].outcome.ending is Ending.LIVE


def test_a_run_that_never_ends_is_given_up_with_a_hint(cloud: Cloud) -> None:
    cloud.apply()

    with pytest.raises(CliError, match="has not ended in 100 seconds"):
        list(follow(FakeSource(cloud, [(run(status=RunStatus.RUNNING), 1)])))


def ending(cloud: Cloud, state: VersionState, *, note: str = "", approval: str = "automatic") -> Any:
    cloud.apply(release={"approval": approval})
    registered = version(state=state)
    cloud.registry.versions.register(registered)
    if note:
        cloud.registry.versions.note(registered, note)
    return outcome_of(cloud.registry, run(status=RunStatus.REGISTERED, version=1))


def test_a_rejected_version_ends_with_three(cloud: Cloud) -> None:
    found = ending(cloud, VersionState.REJECTED)

    assert (found.ending, found.ending.exit_code) == (Ending.REJECTED, 3)
    assert "tideline why churn-d1-s1" in found.message


@pytest.mark.parametrize("requesters", [(ALICE,), ()])
def test_a_version_that_awaits_approval_ends_with_four_and_says_whom_to_ask(
    cloud: Cloud, requesters: tuple[str, ...]
) -> None:
    cloud.apply(release={"approval": "required"})
    cloud.registry.versions.register(version())
    request = approval_request(requesters=requesters)
    cloud.registry.approvals.request(request, state=VersionState.CANDIDATE, replaces=None)

    found = outcome_of(cloud.registry, run(status=RunStatus.REGISTERED, version=1), now=START)

    assert found is not None
    assert (found.ending, found.ending.exit_code) == (Ending.AWAITING_APPROVAL, 4)
    assert "until 2026-03-01 13:00 UTC" in found.message
    assert "`tideline approve churn 1`" in found.message
    assert all(f"somebody else than {requester}" in found.message for requester in requesters)

    late = outcome_of(cloud.registry, run(status=RunStatus.REGISTERED, version=1))
    assert late is not None
    assert late.ending is Ending.FAILED
    assert "until 2026-03-01 13:00 UTC, and nobody answered; ask again with `tideline release" in late.message


def test_who_rejected_a_version_is_named(cloud: Cloud) -> None:
    found = ending(cloud, VersionState.REJECTED, note=f"rejected by {ALICE}: no")

    assert found.ending is Ending.REJECTED
    assert f"version 1 was rejected by {ALICE}: no" in found.message


@pytest.mark.parametrize("state", [VersionState.CANDIDATE, VersionState.APPROVED])
def test_a_release_that_is_under_way_has_no_outcome_yet(cloud: Cloud, state: VersionState) -> None:
    assert ending(cloud, state, approval="required") is None


def test_a_request_that_expired_ends_with_five_and_says_how_to_ask_again(cloud: Cloud) -> None:
    note = "release x failed in RequestApproval: ApprovalExpired: nobody answered; ask again with `y`"
    found = ending(cloud, VersionState.CANDIDATE, note=note, approval="required")

    assert (found.ending, found.ending.exit_code) == (Ending.FAILED, 5)
    assert "ask again" in found.message


def test_the_release_of_a_run_is_found_by_its_version(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = cloud.target.output("ReleaseStateMachine")
    for name in ("by-hand", f"{MODEL}-v11-0a1b2c3d0000", f"{MODEL}-v1-0a1b2c3d0000", "other-v1-0a1b2c3d0000"):
        cloud.target.stepfunctions.start_execution(stateMachineArn=machine, name=name, input="{}")
    read: list[str] = []
    monkeypatch.setattr("cli.follow.source.read_history", lambda _client, arn: read.append(arn) or [])

    Source(cloud.target, cloud.registry).release(run(status=RunStatus.REGISTERED, version=1))

    assert [arn.rpartition(":")[2] for arn in read] == [f"{MODEL}-v1-0a1b2c3d0000"]


def test_a_fork_in_the_way_is_no_stage() -> None:
    assert progress_of([entered("NeedsApproval", 1), left("NeedsApproval", 1)]).stages == ()


def test_a_failed_release_ends_with_five(cloud: Cloud) -> None:
    found = ending(cloud, VersionState.CANDIDATE, note="release x failed in Preflight: PreflightFailed: no")

    assert (found.ending, found.ending.exit_code) == (Ending.FAILED, 5)


def test_a_candidate_on_its_way_has_no_outcome_yet(cloud: Cloud) -> None:
    assert ending(cloud, VersionState.CANDIDATE) is None


def test_a_failed_run_ends_with_five_and_names_stage_and_error(cloud: Cloud) -> None:
    failure = RunFailure(stage="Prepare", error="TrainingImpossible", cause="too few rows")

    found = outcome_of(cloud.registry, run(status=RunStatus.FAILED, failure=failure))

    assert found is not None
    assert found.ending.exit_code == 5
    assert "failed in Prepare: TrainingImpossible: too few rows" in found.message


def test_a_version_that_was_live_counts_as_live(cloud: Cloud) -> None:
    over = live(cloud)
    cloud.registry.versions.register(version(2))
    cloud.registry.deployments.replace(
        deployment(2, generation=2, replaces=1),
        states={1: (VersionState.LIVE, VersionState.RETIRED), 2: (VersionState.CANDIDATE, VersionState.LIVE)},
    )

    found = outcome_of(cloud.registry, over)

    assert found is not None
    assert found.ending is Ending.LIVE
    assert "version 2 has taken its place" in found.message


def begin(cloud: Cloud, a_run: Run) -> None:
    cloud.registry.runs.begin(a_run, event_id=f"event of {a_run.order.run_id}")


def accept(cloud: Cloud) -> None:
    item = dropped()
    cloud.registry.receipts.claim(MODEL, item)
    cloud.registry.datasets.accept(a_batch(1), item, receipt(item, batch=1))


def test_the_run_in_flight_is_the_one_to_follow(cloud: Cloud) -> None:
    cloud.apply()
    begin(cloud, run())

    assert choose_run(cloud.registry, MODEL).order.run_id == "churn-d1-s1"


def test_a_run_that_the_newest_data_is_about_to_start_is_waited_for(cloud: Cloud) -> None:
    cloud.apply()
    accept(cloud)

    chosen = choose_run(
        cloud.registry, MODEL, patience=Patience(clock=lambda: 0.0, sleep=lambda _s: begin(cloud, run()))
    )

    assert chosen.order == order()


def test_a_run_that_somebody_just_asked_for_is_found(cloud: Cloud) -> None:
    over = live(cloud)
    accept(cloud)
    begin(cloud, run())
    cloud.registry.runs.save(over)
    cloud.registry.runs.release_lock(MODEL, over.order.run_id)
    again = run(order(attempt=2), attempt=2)

    chosen = choose_run(
        cloud.registry, MODEL, patience=Patience(clock=lambda: 0.0, sleep=lambda _s: begin(cloud, again))
    )

    assert chosen.order.run_id == "churn-d1-s1-a2"


def test_without_data_there_is_nothing_to_follow(cloud: Cloud) -> None:
    cloud.apply()
    clock = iter(range(100))

    with pytest.raises(CliError, match="no data yet"):
        choose_run(cloud.registry, MODEL, patience=Patience(clock=lambda: next(clock), sleep=lambda _s: None))


def test_watch_of_a_run_that_is_over_shows_its_end(
    cloud: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.follow.choice._BRIEFLY_S", 0)
    over = live(cloud)
    accept(cloud)
    begin(cloud, run())
    cloud.registry.runs.save(over)
    cloud.registry.runs.release_lock(MODEL, over.order.run_id)

    result = tideline("watch", MODEL, "--json")

    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["update"] for line in lines] == ["run", "verdict", "outcome"]
    assert lines[-1] == {
        "update": "outcome",
        "run_id": "churn-d1-s1",
        "outcome": "live",
        "version": 1,
        "message": "version 1 is live",
        "exit_code": 0,
    }


def test_watch_writes_a_line_a_stage_where_nobody_looks(cloud: Cloud, tideline: Tideline) -> None:
    over = live(cloud)
    begin(cloud, run())
    cloud.registry.runs.save(over)

    result = tideline("watch", MODEL, "--run", "churn-d1-s1")

    assert result.exit_code == 0, result.output
    assert "verdict    PROMOTE" in result.stdout
    assert "\x1b[" not in result.stdout


def test_watch_of_an_unknown_run_or_model_says_what_there_is(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()

    assert "there are churn" in tideline("watch", "nope").stderr
    unknown = tideline("watch", MODEL, "--run", "churn-d9-s9")
    assert unknown.exit_code == 1
    assert "tideline runs churn" in unknown.stderr
