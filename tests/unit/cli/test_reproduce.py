"""reproduce: a version is trained again beside everything, and the two are compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import Result

from cli.errors import CliError
from cli.reproduction.execution import Execution, Reproductions
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, evaluated, sha, version
from tests.unit.cli.conftest import Cloud
from tests.unit.domain.lineage.records import manifest
from tests.unit.domain.release.capsules import capsule, fitted
from tideline.domain.release.capsule import Capsule
from tideline.domain.release.reproduction import Reproduced, ReproductionOrder

Tideline = Callable[..., Result]
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:tideline-dev-reproduction"
NAME = "churn-d1-s1-r20260301120000"


class FakeStepFunctions:
    """The reproduction workflow: each execution ends when it is described for the second time.

    Attributes:
        results: What executions end in, one after the other.
        started: Names and inputs.
    """

    def __init__(self, *results: Reproduced | str) -> None:
        self.results = list(results)
        self.started: list[tuple[str, ReproductionOrder]] = []
        self.running: list[str] = []
        self._looks: dict[str, int] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, str]:  # noqa: A002, N803
        self.started.append((name, ReproductionOrder.model_validate_json(input)))
        return {"executionArn": arn(name)}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        looks = self._looks[executionArn] = self._looks.get(executionArn, 0) + 1
        if looks == 1 or not self.results:
            return {"status": "RUNNING"}
        result = self.results[0]
        if isinstance(result, Reproduced):
            return {"status": "SUCCEEDED", "output": result.model_dump_json()}
        return {"status": "FAILED", "error": result, "cause": f"{result}: the batch is empty"}

    def get_execution_history(self, **_: Any) -> dict[str, Any]:
        return {"events": list(reversed(self._events()))}

    def get_paginator(self, name: str) -> FakePages:
        if name == "list_executions":
            executions = [{"name": each, "executionArn": arn(each)} for each in self.running]
            return FakePages({"executions": executions})
        return FakePages({"events": self._events()})

    def _events(self) -> list[dict[str, Any]]:
        output = json.dumps({"trials": [], "rows_train": 80, "rows_holdout": 20})
        ended = START + timedelta(seconds=2)
        return [
            {"timestamp": START, "stateEnteredEventDetails": {"name": "Prepare"}},
            {"timestamp": ended, "stateExitedEventDetails": {"name": "Prepare", "output": output}},
        ]


class FakePages:
    def __init__(self, *pages: dict[str, Any]) -> None:
        self._pages = pages

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        return iter(self._pages)


def arn(name: str) -> str:
    return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.reproduction.execution._POLL_S", 0.0)


@pytest.fixture
def kept(cloud: Cloud) -> Cloud:
    """A model with a version whose capsule and data are there."""
    cloud.apply()
    cloud.registry.versions.register(version())
    keep(cloud, capsule())
    for batch in capsule().batches:
        cloud.lake.write(batch.lake_key, b"x" * batch.size_bytes)
    cloud.lake.write("churn/versions/1/report.json", report(r2=0.8))
    return cloud


def keep(cloud: Cloud, held: Capsule) -> None:
    content = held.to_json()
    cloud.lake.write("churn/versions/1/capsule.json", content)
    written = manifest([], capsule_sha256=hashlib.sha256(content).hexdigest())
    cloud.lake.write("churn/versions/1/manifest.json", written.model_dump_json().encode())


def report(**metrics: float | None) -> bytes:
    intervals = {name: None if value is None else {"estimate": value} for name, value in metrics.items()}
    return json.dumps({"candidate": intervals}).encode()


def workflow(cloud: Cloud, *results: Reproduced | str) -> FakeStepFunctions:
    client = FakeStepFunctions(*results)
    cloud.target.stepfunctions = client  # type: ignore[misc,assignment]
    return client


def reproduced(cloud: Cloud, client: FakeStepFunctions, r2: float) -> None:
    """Leave the report of a reproduction that is under way."""
    client.running = [NAME]
    cloud.lake.write(f"churn/runs/{NAME}/report.json", report(r2=r2))


def test_the_same_bytes_are_said_and_exit_with_0(kept: Cloud, tideline: Tideline) -> None:
    client = workflow(kept, Reproduced(fitted=fitted()))

    result = tideline("reproduce", MODEL, "1")

    assert result.exit_code == 0, result.output
    assert f"The same artifact, bit for bit: sha256 {sha('artifact 1')}" in result.stdout
    assert "changed" not in result.stdout
    assert "prepare       2.0 s  80 rows to train on, 20 held out" in result.stdout
    ((name, wanted),) = client.started
    assert name.startswith("churn-d1-s1-r20")
    assert (wanted.order.run_id, wanted.results) == (name, (capsule().trial,))


def test_the_same_bytes_as_json(kept: Cloud, tideline: Tideline) -> None:
    workflow(kept, Reproduced(fitted=fitted(code_sha256=sha("newer code"))))

    told = json.loads(tideline("reproduce", MODEL, "1", "--json").stdout)

    assert (told["outcome"], told["sha256"]) == ("identical", told["expected_sha256"])
    assert [change["what"] for change in told["changes"]] == ["code"]


@pytest.mark.parametrize(("r2", "code", "outcome"), [(0.802, 6, "within_tolerance"), (0.7, 7, "different")])
def test_other_bytes_are_measured_and_explained(
    kept: Cloud, tideline: Tideline, r2: float, code: int, outcome: str
) -> None:
    other = fitted(sha256=sha("other"), library_versions={"numpy": "2.5.0", "onnx": "1.23.2"})
    for arguments in ([], ["--json"]):
        client = workflow(kept, Reproduced(fitted=other, evaluation=evaluated()))
        reproduced(kept, client, r2)
        result = tideline("reproduce", MODEL, "1", *arguments)
        assert result.exit_code == code, result.output
        if arguments:
            told = json.loads(result.stdout)
            assert told["outcome"] == outcome
            assert told["metrics"] == [{"name": "r2", "then": 0.8, "now": r2, "within": code == 6}]
        else:
            assert "numpy\t2.4.6\t2.5.0" in result.stdout
            assert f"r2\t0.8\t{r2}" in result.stdout


def test_a_difference_without_a_recorded_cause_is_said(kept: Cloud, tideline: Tideline) -> None:
    client = workflow(kept, Reproduced(fitted=fitted(sha256=sha("other")), evaluation=evaluated()))
    reproduced(kept, client, 0.8)

    assert "what differs is not recorded" in tideline("reproduce", MODEL, "1").stdout


def test_one_that_is_under_way_is_joined_and_a_finished_one_done_anew(
    kept: Cloud, tideline: Tideline
) -> None:
    joined = workflow(kept, Reproduced(fitted=fitted()))
    joined.running = ["churn-d1-s1-a2-r20260301120000", NAME]
    first = tideline("reproduce", MODEL, "1")
    anew = workflow(kept, Reproduced(fitted=fitted()))
    second = tideline("reproduce", MODEL, "1")

    assert f"Reproduction {NAME} is under way already" in first.stdout
    assert joined.started == []
    assert len(anew.started) == 1
    assert first.exit_code == second.exit_code == 0


def test_a_reproduction_that_fails_says_where_and_why(kept: Cloud, tideline: Tideline) -> None:
    workflow(kept, "TrainingImpossible")

    result = tideline("reproduce", MODEL, "1")

    assert result.exit_code == 5
    assert "failed in Prepare: TrainingImpossible: the batch is empty" in result.stderr


def test_patience_ends_and_the_reproduction_goes_on() -> None:
    client = FakeStepFunctions()
    times = iter([0.0, 5.0, 11.0])

    with pytest.raises(CliError, match="it goes on"):
        Reproductions(client, MACHINE).wait(  # type: ignore[arg-type]
            Execution(NAME, arn(NAME), joined=False),
            told=lambda _stage: None,
            timeout_s=10,
            clock=lambda: next(times),
            sleep=lambda _seconds: None,
        )


def test_each_stage_is_told_once() -> None:
    client, told = FakeStepFunctions(Reproduced(fitted=fitted())), list[str]()

    Reproductions(client, MACHINE).wait(  # type: ignore[arg-type]
        Execution(NAME, arn(NAME), joined=False), told=lambda stage: told.append(stage.name), timeout_s=10
    )

    assert told == ["Prepare"]


def test_a_name_that_another_start_took_in_the_same_second_is_joined() -> None:
    class Taken(FakeStepFunctions):
        def start_execution(self, **_: str) -> dict[str, str]:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists"}}, "StartExecution")

    begun = Reproductions(Taken(), MACHINE).begin(  # type: ignore[arg-type]
        capsule(), at=datetime(2026, 3, 1, 12, tzinfo=UTC)
    )

    assert (begun.name, begun.arn) == (NAME, arn(NAME))


def test_batches_that_are_gone_or_changed_are_all_named(kept: Cloud, tideline: Tideline) -> None:
    workflow(kept)
    (first,) = capsule().batches
    second = first.model_copy(update={"number": 2, "lake_key": "churn/datasets/gone.parquet"})
    keep(kept, capsule(batches=(first, second)))
    kept.lake.write(first.lake_key, b"cut")

    result = tideline("reproduce", MODEL, "1")

    assert result.exit_code == 1
    assert "2 batches of its data are not there as they were" in result.stderr
    assert f"batch 1 (from churn/data/a.csv) at {first.lake_key} has 3 bytes, it had 10" in result.stderr
    assert "batch 2 (from churn/data/a.csv) at churn/datasets/gone.parquet is gone" in result.stderr


def test_a_capsule_that_was_changed_is_not_trusted(kept: Cloud, tideline: Tideline) -> None:
    workflow(kept)
    kept.lake.write("churn/versions/1/capsule.json", capsule(holdout=2).to_json())

    result = tideline("reproduce", MODEL, "1")

    assert result.exit_code == 1
    assert "somebody changed it" in result.stderr


def test_a_manifest_that_was_changed_is_not_trusted(kept: Cloud, tideline: Tideline) -> None:
    workflow(kept)
    kept.registry.versions.register(version(2, manifest_sha256="a" * 64))
    kept.lake.write("churn/versions/2/manifest.json", manifest([]).model_dump_json().encode())

    result = tideline("reproduce", MODEL, "2")

    assert result.exit_code == 1
    assert "manifest.json of churn version 2 has SHA-256" in result.stderr


def test_versions_without_a_capsule_or_that_are_not_there_are_told(kept: Cloud, tideline: Tideline) -> None:
    workflow(kept)
    older = manifest([]).model_dump_json().encode()
    kept.lake.write("churn/versions/1/manifest.json", older)
    kept.registry.versions.register(version(2))

    assert "before capsules were kept" in tideline("reproduce", MODEL, "1").stderr
    assert "versions/2/manifest.json is gone from the lake" in tideline("reproduce", MODEL, "2").stderr
    assert "the newest is 2" in tideline("reproduce", MODEL, "9").stderr
