from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.calls import calls
from tests.fakes.clock import START, FakeClock
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import RELEASE, label_parquet, label_row, log_parquet, row
from tests.fakes.registry import FakeDeploymentRegistry, FakeSpecRegistry, FakeVersionRegistry
from tests.fakes.samples import MODEL, deployment, sha, spec, version
from tests.fakes.world import workdir
from tideline.adapters.predictions.labels import DuckDbLabels
from tideline.adapters.predictions.prediction_log import DuckDbPredictionLog
from tideline.domain import keys
from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, ShadowStrategy
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.release.deployment import DeployedVersion, Deployment, Rollout, Signature
from tideline.domain.release.judgement import Judgement, JudgementTask
from tideline.domain.release.judging.evidence import Calls
from tideline.domain.release.release_order import ReleaseOrder
from tideline.errors import StorageUnavailable
from tideline.services.judge_release import JudgeRelease, scored_outputs, strategy_in_use

CANARY = {"canary": [10, 100], "every": "10m"}


class Releases:
    """A model with version 2 under release, and its lake."""

    def __init__(self, *, strategy: str = "canary", step: int = 1, model: ModelSpec | None = None) -> None:
        self.clock = FakeClock(START + timedelta(minutes=10))
        self.lake = FakeObjectStore("lake")
        self.specs, self.versions = FakeSpecRegistry(), FakeVersionRegistry()
        self.specs.append(model or spec(release={"strategy": CANARY}), head=self.specs.head(MODEL), at=START)
        for number in (1, 2):
            self.versions.register(version(number))
        self.deployments = FakeDeploymentRegistry(self.versions)
        self.deployed: Deployment | None = under_release(strategy, step)
        self.deployments.load = lambda model: self.deployed  # type: ignore[method-assign]

    def put(self, rows: list[dict[str, Any]], name: str = "a") -> None:
        self.lake.write(f"{keys.predictions_prefix(MODEL, START)}{name}.parquet", log_parquet(rows))

    def judge(self, step: int = 1) -> Judgement:
        found = {"lake": self.lake, "workdir": workdir, "memory_mb": 512}
        use_case = JudgeRelease(
            versions=self.versions,
            specs=self.specs,
            deployments=self.deployments,
            log=DuckDbPredictionLog(**found),
            labels=DuckDbLabels(**found),
            clock=self.clock,
        )
        return use_case(task(step))


def under_release(strategy: str = "canary", step: int = 1) -> Deployment:
    champion = deployment(1).champion
    challenger = DeployedVersion(
        version=2,
        role="shadow" if strategy == "shadow" else "challenger",
        weight=0 if strategy == "shadow" else 10,
        sha256=sha("artifact 2"),
        key=f"{MODEL}/versions/2/model.onnx",
        signature=champion.signature,
    )
    rollout = Rollout(release_id=RELEASE, version=2, strategy=strategy, step=step, steps=2, since=START)
    return deployment(1).model_copy(update={"versions": (champion, challenger), "rollout": rollout})


def task(step: int = 1, **fields: Any) -> JudgementTask:
    order = ReleaseOrder(model=MODEL, version=2, release_id=RELEASE, generation=1)
    return JudgementTask(order=order.model_copy(update=fields), step=step)


def traffic(
    *, challengers: int, champions: int = 300, shift: float = 0.0, **fields: Any
) -> list[dict[str, Any]]:
    random = np.random.default_rng(champions + challengers)
    values = random.normal(100, 10, champions + challengers)
    rows = [row(number, value=float(values[number])) for number in range(champions)]
    return rows + [
        row(number, version=2, value=float(values[number]) + shift) | fields
        for number in range(champions, champions + challengers)
    ]


def test_a_good_canary_goes_on() -> None:
    releases = Releases()
    releases.put(traffic(challengers=120))

    judgement = releases.judge()
    assert (judgement.outcome, judgement.champion_calls, judgement.challenger_calls) == ("go_on", 300, 120)


def test_a_canary_that_answers_otherwise_is_rolled_back() -> None:
    releases = Releases()
    releases.put(traffic(challengers=120, shift=25.0))

    judgement = releases.judge()
    assert judgement.outcome == "roll_back"
    assert "certainly worse in answers" in judgement.reasons[0]


def test_a_canary_that_fails_is_rolled_back() -> None:
    releases = Releases()
    releases.put(traffic(challengers=60, error="ModelFailed", value=None))

    assert "certainly worse in failures" in releases.judge().reasons[0]


def test_asked_again_it_judges_the_same_also_by_what_was_delivered_twice() -> None:
    releases = Releases()
    releases.put(traffic(challengers=40))
    first = releases.judge()
    releases.put(traffic(challengers=40)[::-1], name="again")

    assert first.outcome == "hold"
    assert releases.judge() == first


def test_no_traffic_is_held() -> None:
    assert Releases().judge().outcome == "hold"


def test_patience_counts_from_the_beginning_of_the_step() -> None:
    releases = Releases()
    releases.clock.wait(days=1)

    assert releases.judge().outcome == "roll_back"


@pytest.mark.parametrize("deployed", [None, deployment(1), under_release(step=2)])
def test_a_step_that_is_not_under_way_is_over(deployed: Deployment | None) -> None:
    releases = Releases()
    releases.deployed = deployed

    assert releases.judge().outcome == "over"


def test_another_release_at_the_same_step_is_over() -> None:
    releases = Releases()
    releases.deployed = under_release().model_copy(
        update={"rollout": under_release().rollout.model_copy(update={"release_id": "churn-v2-ffffffffffff"})}
    )

    assert releases.judge().outcome == "over"


def test_a_file_that_cannot_be_read_is_no_judgement() -> None:
    releases = Releases()
    releases.put(traffic(challengers=120))
    releases.lake.write(f"{keys.predictions_prefix(MODEL, START)}z.parquet", b"PAR1")

    with pytest.raises(StorageUnavailable, match=r"z\.parquet"):
        releases.judge()


def test_a_shadow_is_compared_request_by_request() -> None:
    releases = Releases(
        strategy="shadow",
        model=spec(release={"strategy": {"shadow": "10m"}, "guardrails": {"min_calls": 50}}),
    )
    releases.put(
        [row(n, value=float(n)) for n in range(80)]
        + [row(n, version=2, role="shadow", value=n + 0.5) for n in range(80)]
    )

    judgement = releases.judge()
    assert judgement.outcome == "go_on"
    assert any("of 80 requests that both answered, the answers differ by 0.5" in r for r in judgement.reasons)


def test_realised_quality_counts_where_labels_are_in() -> None:
    model = spec(evaluation={"metric": "neg_mean_absolute_error", "margin": 0.5})
    releases = Releases(model=model)
    rows = traffic(challengers=300, shift=0.0)
    releases.put(rows)
    random = np.random.default_rng(6)
    truth = [
        label_row(
            one["prediction_id"], number=one["value"] + random.normal(0, 1 if one["version"] == 1 else 5)
        )
        for one in rows
    ]
    releases.lake.write(f"{keys.labels_prefix(MODEL)}a.parquet", label_parquet(truth))

    judgement = releases.judge()
    assert judgement.outcome == "roll_back"
    assert "certainly worse in quality" in judgement.reasons[0]


class ListeningLog:
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def calls(
        self,
        model: str,
        *,
        rollout: Rollout,
        versions: Sequence[int],
        outputs: Sequence[str],
        until: datetime,
    ) -> Mapping[int, Calls]:
        self.asked = {"versions": versions, "outputs": outputs, "since": rollout.since}
        return {number: calls(0) for number in versions}


def test_it_asks_for_both_sides_since_the_step_began() -> None:
    releases, log = Releases(), ListeningLog()
    JudgeRelease(
        versions=releases.versions,
        specs=releases.specs,
        deployments=releases.deployments,
        log=log,
        labels=DuckDbLabels(lake=releases.lake, workdir=workdir, memory_mb=512),
        clock=releases.clock,
    )(task())

    assert log.asked == {"versions": (1, 2), "outputs": (), "since": START}


def test_scores_are_what_tells_answers_apart() -> None:
    def outputs(kind: str, *classes: str) -> tuple[str, ...]:
        return scored_outputs(Signature(task=kind, classes=classes or None, entity=None, features=()))

    assert outputs("regression") == ()
    assert outputs("binary", "no", "yes") == ("yes",)
    assert outputs("multiclass", "a", "b", "c") == ("a", "b", "c")


def test_durations_are_the_specs_where_it_names_the_strategy_in_use() -> None:
    slow = CanaryStrategy(canary=(50,), every="2h")

    def in_use(kind: str) -> object:
        rollout = Rollout(release_id=RELEASE, version=2, strategy=kind, step=1, steps=1, since=START)
        return strategy_in_use(slow, rollout)

    assert in_use("canary") is slow
    assert in_use("all-at-once") is slow
    assert isinstance(in_use("ab"), AbStrategy)
    assert isinstance(in_use("shadow"), ShadowStrategy)


def test_killed_while_it_read_and_run_again_it_judges_as_if_nothing_had_happened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    releases = Releases()
    rows = traffic(challengers=120)
    releases.put(rows[::2], name="a")
    releases.put(rows[1::2], name="b")
    undisturbed, before = releases.judge(), set(releases.lake.keys)
    download = releases.lake.download

    def killed(key: str, path: Path, **fields: Any) -> None:
        download(key, path, **fields)
        if key.endswith("b.parquet"):
            raise KeyboardInterrupt

    monkeypatch.setattr(releases.lake, "download", killed)
    with pytest.raises(KeyboardInterrupt):
        releases.judge()
    monkeypatch.setattr(releases.lake, "download", download)

    assert releases.judge() == undisturbed
    assert releases.lake.keys == before
