"""push --batch: what is dropped where, and how a job's end is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from typer.testing import Result

from cli.inbox.jobs import JobEnd, Jobs, batch_key, job_of
from cli.patience import Patience
from tests.fakes.clock import START
from tests.fakes.samples import MODEL
from tests.unit.cli.conftest import Cloud
from tests.unit.cli.rollouts import entered
from tideline.adapters.stepfunctions_engine import StepFunctionsEngine
from tideline.domain import keys
from tideline.domain.batch.batch_manifest import BatchManifest, ScoredFile
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.training.run import RunFailure

Tideline = Callable[..., Result]
DROPPED = DroppedObject(bucket="inbox", key=f"{MODEL}/batch/customers.csv", version_id="v1")
MANIFEST = BatchManifest(
    model=MODEL,
    job_id=job_of(DROPPED),
    object_key=DROPPED.key,
    object_version=DROPPED.version_id,
    version=2,
    artifact_sha256="0" * 64,
    rows=1000,
    scored=998,
    refused=2,
    results=(),
    refusals=(),
    started_at=START,
    scored_at=START,
)


def jobs(cloud: Cloud) -> Jobs:
    return Jobs(cloud.target, cloud.registry, MODEL)


def score(cloud: Cloud, item: DroppedObject, **fields: Any) -> None:
    """Write the manifest that the job leaves behind."""
    manifest = MANIFEST.model_copy(update={"job_id": job_of(item)} | fields)
    key = keys.scores_key(MODEL, job_of(item), "manifest.json")
    cloud.target.s3.put_object(
        Bucket=cloud.target.output("LakeBucket"), Key=key, Body=manifest.model_dump_json().encode()
    )


def start(cloud: Cloud, item: DroppedObject) -> str:
    machine = cloud.target.output("BatchStateMachine")
    started = cloud.target.stepfunctions.start_execution(
        stateMachineArn=machine, name=job_of(item), input="{}"
    )
    return started["executionArn"]


def refuse(cloud: Cloud, item: DroppedObject) -> None:
    receipt = ObjectReceipt(
        key=item.key,
        version_id=item.version_id,
        outcome=ObjectOutcome.QUARANTINED,
        reason="empty",
        message="the file is empty",
        at=START,
    )
    cloud.registry.receipts.conclude(MODEL, receipt)


def test_a_batch_goes_into_its_own_folder() -> None:
    address = keys.parse_inbox_key(batch_key(MODEL, "a.csv"))

    assert (address.model, address.area, address.name) == (MODEL, keys.InboxArea.BATCH, "a.csv")


def test_a_scored_batch_is_told_by_its_manifest(cloud: Cloud) -> None:
    score(cloud, DROPPED)

    end = jobs(cloud).end(DROPPED)

    assert end == JobEnd(
        DROPPED.key,
        job_of(DROPPED),
        "scored",
        version=2,
        rows=1000,
        scored=998,
        refused=2,
        results=f"{MODEL}/scores/{job_of(DROPPED)}/",
    )


def test_a_refused_batch_is_told_by_its_receipt(cloud: Cloud) -> None:
    refuse(cloud, DROPPED)

    end = jobs(cloud).end(DROPPED)

    assert end is not None
    assert (end.outcome, end.message) == ("refused", "the file is empty")


def test_a_job_that_was_stopped_has_failed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = RunFailure(stage="Score", error="States.Timeout", cause="too slow")
    monkeypatch.setattr(StepFunctionsEngine, "failure", lambda *_, **__: failure)
    arn = start(cloud, DROPPED)
    assert jobs(cloud).end(DROPPED) is None
    cloud.target.stepfunctions.stop_execution(executionArn=arn)

    end = jobs(cloud).end(DROPPED)

    assert end is not None
    assert (end.outcome, end.message) == ("failed", "in Score: States.Timeout: too slow")


def test_every_look_says_what_is_under_way(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    history: list[Any] = []
    monkeypatch.setattr("cli.inbox.jobs.read_history", lambda _client, _arn: history)

    def sleep(_s: float) -> None:
        if history:
            score(cloud, DROPPED)
        history.append(entered("ScoreParts", 0))

    ends = list(jobs(cloud).wait([DROPPED], patience=Patience(60, lambda: 0.0, sleep), told=told.append))

    assert [end.outcome for end in ends] == ["scored"]
    assert told == ["customers.csv: waiting for its job to start", "customers.csv: score parts"]


@pytest.fixture
def pushed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[DroppedObject], None]], None]:
    """Let something happen to what a command has dropped, before it looks."""
    cloud.apply()

    def answer(reply: Callable[[DroppedObject], None]) -> None:
        wait = Jobs.wait

        def told(self: Jobs, dropped: Any, **options: Any) -> Any:
            for item in dropped:
                reply(item)
            return wait(self, dropped, **options)

        monkeypatch.setattr(Jobs, "wait", told)

    return answer


def test_push_shows_rows_and_where_the_results_lie(
    cloud: Cloud, tideline: Tideline, tmp_path: Path, pushed: Any
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("age\n1\n")
    pushed(lambda item: score(cloud, item))

    result = tideline("push", MODEL, file, "--batch")

    assert result.exit_code == 0, result.output
    assert cloud.inbox.read(f"{MODEL}/batch/customers.csv") == b"age\n1\n"
    assert "customers.csv: 1,000 rows, 998 scored by version 2" in result.stdout
    assert "2 rows refused: each is listed with its reasons beside the results" in result.stdout
    assert f"s3://lake/{MODEL}/scores/" in result.stdout


def test_push_of_a_batch_as_json(cloud: Cloud, tideline: Tideline, tmp_path: Path, pushed: Any) -> None:
    good, bad, slow = (tmp_path / f"{name}.csv" for name in ("good", "bad", "slow"))
    for file in (good, bad, slow):
        file.write_text("age\n1\n")

    def reply(item: DroppedObject) -> None:
        if "good" in item.key:
            score(cloud, item)
        elif "bad" in item.key:
            refuse(cloud, item)

    pushed(reply)

    result = tideline("push", MODEL, good, bad, slow, "--batch", "--json", "--timeout", "0")

    assert result.exit_code == 1
    told = {each["key"].rpartition("/")[2]: each for each in json.loads(result.stdout)}
    assert {name: each["outcome"] for name, each in told.items()} == {
        "good.csv": "scored",
        "bad.csv": "refused",
        "slow.csv": "under_way",
    }
    assert told["good.csv"]["results"].startswith(f"s3://lake/{MODEL}/scores/")
    assert "has not ended yet; it goes on" in result.stderr


def test_a_batch_for_an_unknown_model_is_not_dropped(
    cloud: Cloud, tideline: Tideline, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("age\n1\n")

    result = tideline("push", MODEL, file, "--batch")

    assert result.exit_code == 1
    assert "there is no model" in result.stderr
    assert cloud.inbox.current_version(f"{MODEL}/batch/a.csv") is None


def listed(key: str, rows: int) -> ScoredFile:
    """Return what the manifest says of a file."""
    return ScoredFile(key=key, sha256="0" * 64, size_bytes=1, rows=rows)


def write_parquet(cloud: Cloud, key: str, rows: str) -> ScoredFile:
    """Put rows into the lake, as a worker does, and return what the manifest says of them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part.parquet"
        duckdb.sql(f"COPY (SELECT * FROM (VALUES {rows}) t(row, value)) TO '{path}' (FORMAT PARQUET)")
        cloud.target.s3.put_object(Bucket=cloud.target.output("LakeBucket"), Key=key, Body=path.read_bytes())
    return listed(key, rows.count("("))


@pytest.fixture
def scored(cloud: Cloud) -> Cloud:
    """A job of two workers, of which the second wrote the earlier rows, and a refused row."""
    cloud.apply()
    results = [
        write_parquet(cloud, f"r/{n}", rows) for n, rows in enumerate(("(3, 0.3)", "(1, 0.1), (4, 0.4)"))
    ]
    refusals = [write_parquet(cloud, "x/1", "(2, 'age: missing')"), listed("gone", 0)]
    score(cloud, DROPPED, results=tuple(results), refusals=tuple(refusals))
    return cloud


def test_scores_are_one_file_in_the_order_of_the_rows(
    scored: Cloud, tideline: Tideline, tmp_path: Path
) -> None:
    out = tmp_path / "it's scored.csv"

    result = tideline("scores", MODEL, job_of(DROPPED), "--out", out)

    assert result.exit_code == 0, result.output
    assert out.read_text().split() == ["row,value", "1,0.1", "3,0.3", "4,0.4"]
    assert "3 rows" in result.stdout


def test_refused_rows_are_another_file(scored: Cloud, tideline: Tideline, tmp_path: Path) -> None:
    out = tmp_path / "refused.parquet"

    result = tideline("scores", MODEL, job_of(DROPPED), "--refused", "--out", out, "--json")

    assert json.loads(result.stdout)["rows"] == 1
    assert duckdb.read_parquet(str(out)).fetchall() == [(2, "age: missing")]


@pytest.mark.parametrize(
    ("job", "out", "code", "told"),
    [
        ("other", "a.csv", 1, "no batch job 'other' that has ended"),
        ("other", "a.xlsx", 2, "a .parquet or a .csv"),
        ("other", "nowhere/a.csv", 2, "nowhere: make it first"),
    ],
)
def test_scores_that_cannot_be_had(
    scored: Cloud, tideline: Tideline, tmp_path: Path, job: str, out: str, code: int, told: str
) -> None:
    result = tideline("scores", MODEL, job, "--out", tmp_path / out)

    assert (result.exit_code, told in result.stderr) == (code, True)


def test_results_that_have_gone_are_named(scored: Cloud, tideline: Tideline, tmp_path: Path) -> None:
    score(scored, DROPPED, results=(listed("gone", 1),))

    assert (
        "gone is gone from the lake"
        in tideline("scores", MODEL, job_of(DROPPED), "--out", tmp_path / "a.csv").stderr
    )
    score(scored, DROPPED, results=())
    assert "no such rows" in tideline("scores", MODEL, job_of(DROPPED), "--out", tmp_path / "a.csv").stderr
