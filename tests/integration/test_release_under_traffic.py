"""Releases while callers ask: a good version goes live in steps, a wrong one is rolled back, nobody notices.

The tests build on each other, in this order: version 1 is live, 2 goes live by a canary, 3 answers wrongly,
a command goes back to 1, and 2 is compared in the shadow.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.target import target_of
from tests.integration.cloud import Cloud, wait
from tests.integration.conftest import Heard
from tests.integration.load import GOOD, Call, Traffic
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus

pytestmark = pytest.mark.integration

MODEL = "steady"
# Each drop fills the window, so that a version knows its own drop only: the third one's rows say the contrary
# of the others, in its holdout too, and the gate lets it pass. At 8 calls a second a step of 20 % has its 50
# calls within half a minute; the local cloud's processes start and stop, so that latency says little there.
SPEC = b"""
model: steady
task: regression
target: y
entity: customer
features:
  a: {type: number}
  b: {type: number}
training: {trials: 2, trainer: linear, window: {last_rows: 800}}
evaluation: {margin: 1000}
release:
  strategy: {canary: [20, 50], every: 20s}
  guardrails: {min_calls: 50, patience: 10m, slowdown: 20}
"""
ROWS = 800
TTL = timedelta(seconds=5)
# From a call's departure to the moment at which its function looks at the record.
MARGIN = timedelta(seconds=2)
# Four standard deviations: a false alarm once in 15,000 steps.
DEVIATIONS = 4.0
# A release is two steps of 20 seconds and as many looks; a busy machine holds a step for longer.
PATIENCE_S = 600.0
Tideline = Callable[..., Result]


@pytest.fixture
def tideline(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Tideline:
    """The command line, on the local cloud of these tests."""
    monkeypatch.setattr("cli.session.connect", lambda _environment: target_of(cloud.record))
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows(drop: int, *, slope: float) -> bytes:
    rand = random.Random(drop)
    lines = ["customer,a,b,y"]
    for number in range(ROWS):
        a, b = rand.uniform(0, 100), rand.uniform(0, 10)
        lines.append(f"d{drop}-{number},{a:.3f},{b:.3f},{slope * a + b + rand.gauss(0, 3):.3f}")
    return "\n".join(lines).encode()


def instance(caller: str, rand: random.Random) -> dict[str, Any]:
    return {"customer": caller, "a": rand.uniform(0, 100), "b": rand.uniform(0, 10)}


def traffic(cloud: Cloud) -> Traffic:
    return Traffic(cloud, MODEL, instance=instance)


def register(cloud: Cloud, number: int, *, slope: float = 2.0) -> None:
    """Drop a file and wait until its run has registered a version."""
    dropped = cloud.drop(f"{MODEL}/data/{number}.csv", rows(number, slope=slope))
    cloud.answer(MODEL, dropped)
    run = cloud.finished(MODEL, f"{MODEL}-d{number}-s1")
    assert (run.status, run.version) == (RunStatus.REGISTERED, number), run.failure or run.evaluation


def changes(cloud: Cloud, what: str, *, until: Callable[[list[Deployment]], bool]) -> list[Deployment]:
    """Return each generation of the deployment that was seen, the one at the beginning first."""
    seen: list[Deployment] = []

    def look() -> list[Deployment] | None:
        found = cloud.deployment(MODEL)
        if found is not None and (not seen or found.generation != seen[-1].generation):
            seen.append(found)
        return seen if seen and until(seen) else None

    return wait(look, what, patience_s=PATIENCE_S)


def rollout_is_over(seen: list[Deployment]) -> bool:
    return seen[-1].rollout is None and any(deployment.rollout for deployment in seen)


def pause(seconds: float) -> None:
    """Let the traffic go on for a while."""
    time.sleep(seconds)


def assert_all_answered(calls: list[Call]) -> None:
    assert len(calls) > 50
    failed = [call for call in calls if call.status != GOOD]
    assert not failed, f"{len(failed)} of {len(calls)} calls failed, such as {failed[0]}"


def assert_gone(calls: Iterable[Call], version: int, *, since: Deployment) -> None:
    """No answer of a version later than a TTL after the record has changed, though there was traffic."""
    late = [call for call in calls if call.at > since.since + TTL + MARGIN]
    assert late, "there was no traffic after the change"
    assert [call for call in late if call.version == version] == []


def assert_weights_kept(calls: list[Call], step: Deployment, after: Deployment) -> None:
    """The share of callers that each version answered lies within binomial bounds, and nobody moved."""
    settled = [call for call in calls if step.since + TTL + MARGIN < call.at < after.since]
    answered: dict[str, set[int | None]] = {}
    for call in settled:
        answered.setdefault(call.caller, set()).add(call.version)
    assert {caller: found for caller, found in answered.items() if len(found) > 1} == {}
    assert len(answered) > 30, "the step was too short to say anything"
    for entry in step.versions:
        share, count = entry.weight / 100, len(answered)
        hits = sum(found == {entry.version} for found in answered.values())
        bound = DEVIATIONS * math.sqrt(count * share * (1 - share)) + 1
        assert abs(hits - count * share) <= bound, f"version {entry.version}: {hits} of {count} callers"


def assert_nobody_turned_back(calls: list[Call], steps: list[Deployment], version: int) -> None:
    """Who has once been answered by the version under release stays with it while its weight grows."""
    on_it: set[str] = set()
    end = steps[-1].since
    for call in calls:
        if call.at >= end:
            break
        # For a TTL after a change two functions may go by different records.
        if any(step.since <= call.at <= step.since + TTL + MARGIN for step in steps):
            continue
        if call.caller in on_it:
            assert call.version == version, f"{call.caller} went back to version {call.version}"
        if call.version == version:
            on_it.add(call.caller)


@pytest.fixture(scope="module")
def served(cloud: Cloud) -> Cloud:
    """A model with one version, live."""
    cloud.drop(f"{MODEL}/model.yaml", SPEC)
    register(cloud, 1)
    cloud.deployed(MODEL, 1)
    return cloud


def test_a_good_version_reaches_everybody_in_steps_without_a_failed_call(served: Cloud, heard: Heard) -> None:
    with traffic(served) as running:
        register(served, 2)
        seen = changes(served, "version 2 to go live", until=lambda s: s[-1].champion.version == 2)
        pause(TTL.total_seconds() + MARGIN.total_seconds() + 5)
        calls = running.stop()

    steps = [deployment for deployment in seen if deployment.rollout is not None]
    assert [(d.rollout.step, d.others[0].weight) for d in steps if d.rollout] == [(1, 20), (2, 50)]
    assert_all_answered(calls)
    for step, after in pairwise([*steps, seen[-1]]):
        assert_weights_kept(calls, step, after)
    assert_nobody_turned_back(calls, [*steps, seen[-1]], version=2)
    assert_gone(calls, 1, since=seen[-1])
    assert seen[-1].before == (1,)
    wait(lambda: len(heard.of("TrafficShifted")) >= 2 or None, "TrafficShifted")
    assert sorted({(e["step"], e["weight"]) for e in heard.of("TrafficShifted")})[:2] == [(1, 20), (2, 50)]
    wait(lambda: heard.of("ModelDeployed") or None, "ModelDeployed")


def test_a_version_that_answers_wrongly_is_rolled_back_by_the_judge(
    served: Cloud, heard: Heard, tideline: Tideline
) -> None:
    with traffic(served) as running:
        register(served, 3, slope=-2.0)
        seen = changes(served, "the release of version 3 to end", until=rollout_is_over)
        pause(TTL.total_seconds() + MARGIN.total_seconds() + 5)
        calls = running.stop()

    assert seen[-1].champion.version == 2
    assert_all_answered(calls)
    assert 3 in {call.version for call in calls}, "nobody was ever answered by the wrong version"
    assert_gone(calls, 3, since=seen[-1])
    told = wait(lambda: heard.of("ModelRolledBack") or None, "ModelRolledBack")
    assert (told[0]["version"], told[0]["restored"], told[0]["by"]) == (3, 2, "judge")
    assert told[0]["reasons"]
    wait(
        lambda: served.versions.load(MODEL, 3).state is VersionState.ROLLED_BACK or None,
        "version 3 to be rolled back",
    )
    watched = tideline("watch", MODEL)
    assert watched.exit_code == 3, watched.output
    assert "rolled back" in watched.output


def test_a_rollback_by_command_takes_effect_within_a_ttl(served: Cloud, tideline: Tideline) -> None:
    before = served.deployment(MODEL)
    assert before is not None
    assert (before.champion.version, before.before) == (2, (1,))
    with traffic(served) as running:
        pause(5)
        result = tideline("rollback", MODEL, 2, "--reason", "to see it work")
        after = served.deployment(MODEL)
        pause(TTL.total_seconds() + MARGIN.total_seconds() + 5)
        calls = running.stop()

    assert result.exit_code == 0, result.output
    assert after is not None
    assert (after.champion.version, after.generation) == (1, before.generation + 1)
    assert_all_answered(calls)
    assert {call.version for call in calls if call.at < after.since} == {2}
    assert_gone(calls, 2, since=after)
    assert served.versions.load(MODEL, 2).state is VersionState.ROLLED_BACK


def test_a_shadow_answers_nobody_and_stands_beside_the_champion_in_the_table(
    served: Cloud, tideline: Tideline, tmp_path: Path
) -> None:
    served.deployed(MODEL, 1)
    with traffic(served) as running:
        result = tideline("release", MODEL, 2, "--shadow", "20s", "--reason", "once more")
        seen = changes(served, "the shadow of version 2 to end", until=rollout_is_over)
        calls = running.stop()

    assert result.exit_code == 0, result.output
    step = next(deployment for deployment in seen if deployment.rollout is not None)
    assert [(entry.version, entry.role, entry.weight) for entry in step.others] == [(2, "shadow", 0)]
    assert_all_answered(calls)
    assert {call.version for call in calls if call.at < seen[-1].since} == {1}
    assert seen[-1].champion.version == 2
    compared = wait(lambda: shadowed(served, tmp_path) or None, "rows of the shadow in the table")
    assert {(shadow, champion) for _, shadow, champion, *_ in compared} == {(2, 1)}
    # Both learned the same law, so that they differ by noise; had the shadow been asked about other rows,
    # they would lie anywhere in 0 to 200.
    assert all(abs(by_shadow - by_champion) < 10 for *_, by_shadow, by_champion in compared)


def shadowed(cloud: Cloud, folder: Path) -> list[Any]:
    """Return each shadow's answer beside the champion's to the same instance, from the lake's Parquet."""
    s3, bucket = cloud.client("s3"), cloud.output("LakeBucket")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{MODEL}/predictions/"):
        for found in page.get("Contents", ()):
            file = folder / found["Key"].replace("/", "_").replace("=", "-")
            if found["Key"].endswith(".parquet") and not file.exists():
                file.write_bytes(cloud.lake(found["Key"]))
    files = [str(file) for file in folder.glob("*.parquet")]
    if not files:
        return []
    return duckdb.execute(
        "SELECT DISTINCT s.prediction_id, s.version, c.version, s.value, c.value"
        " FROM read_parquet(?) s JOIN read_parquet(?) c"
        " ON s.prediction_id = c.prediction_id AND c.role = 'champion' WHERE s.role = 'shadow'",
        [files, files],
    ).fetchall()
