"""A dropped batch from its event to its receipt: one outcome for each file and each row, whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.samples import MODEL
from tests.unit.adapters.batch import conftest as model
from tests.unit.services.batch_world import BatchWorld
from tideline.domain.batch import order as orders
from tideline.domain.batch.batch_manifest import BatchManifest
from tideline.domain.batch.order import ConclusionTask, ShardTask, SplitStatus
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome
from tideline.errors import ArtifactInvalid, RowsUnaccounted
from tideline.events.facts import BatchScored, DatasetQuarantined, RunFailed

HEADER = "customer,age,plan,row\n"
ROWS = HEADER + "".join(f"c{n},{n - 3},basic,{n}\n" for n in range(1, 51))
artifact = model.artifact


@pytest.fixture
def made(artifact: bytes, monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    monkeypatch.setattr(orders, "SHARD_ROWS", 20)
    world = BatchWorld(model=MODEL)
    world.apply_spec()
    world.deploy(artifact, 1)
    world.world.publisher.events.clear()
    return world


def table(made: BatchWorld, tmp_path: Path, key: str) -> list[tuple[Any, ...]]:
    path = tmp_path / "read.parquet"
    made.world.lake.download(key, path)
    return duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()


def manifest_of(made: BatchWorld, dropped: DroppedObject) -> BatchManifest:
    return BatchManifest.model_validate_json(made.world.lake.read(made.order(dropped).key("manifest.json")))


def test_a_dropped_file_ends_with_a_result_or_a_reason_for_each_row(made: BatchWorld, tmp_path: Path) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    receipt = made.run(dropped)

    (told,) = made.world.publisher.of(BatchScored)
    manifest = manifest_of(made, dropped)
    assert receipt is not None
    assert (receipt.outcome, receipt.announced) == (ObjectOutcome.ACCEPTED, True)
    assert receipt.message == "48 of 50 rows scored by version 1; 2 are listed with their reasons"
    assert (told.rows, told.scored, told.refused, told.version) == (50, 48, 2, 1)
    assert told.manifest_key == made.order(dropped).key("manifest.json")
    results = [row for file in manifest.results for row in table(made, tmp_path, file.key)]
    refused = [row for file in manifest.refusals for row in table(made, tmp_path, file.key)]
    assert sorted([row[1] for row in results] + [row[0] for row in refused]) == list(range(1, 51))
    assert refused == [(1, ["age: below min 0"]), (2, ["age: below min 0"])]
    assert len({row[0] for row in results}) == 48


def test_the_same_drop_told_again_at_any_time_starts_and_tells_nothing_more(
    made: BatchWorld, artifact: bytes
) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    first = made.order(dropped)
    made.deploy(artifact, 2)
    made.start(dropped)
    assert made.order(dropped) == first
    made.run(dropped)

    assert made.start(dropped) is None
    assert len(made.world.engine.started) == 1
    assert len(made.world.publisher.of(BatchScored)) == 1


def test_all_rows_are_scored_by_the_version_that_was_champion_at_the_start(
    made: BatchWorld, artifact: bytes
) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    order = made.order(dropped)
    split = made.split(order)
    first, *others = made.shards(split)
    made.score(ShardTask(order=order, shard=first))
    made.deploy(artifact + b"\x3a\x00", 2)
    for shard in others:
        made.score(ShardTask(order=order, shard=shard))
    made.conclude(ConclusionTask(order=order, split=split))

    assert manifest_of(made, dropped).version == 1
    assert manifest_of(made, dropped).artifact_sha256 == order.artifact_sha256


def test_an_object_that_is_overwritten_is_read_as_it_was_dropped(made: BatchWorld) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    made.drop(HEADER + "c,30,basic,1\n")
    made.run(dropped)

    assert manifest_of(made, dropped).rows == 50


@pytest.mark.parametrize("started", [False, True])
def test_an_object_deleted_before_it_is_read_is_answered_once(made: BatchWorld, started: bool) -> None:
    dropped = made.drop(ROWS)
    if started:
        made.start(dropped)
    made.world.inbox.delete(dropped.key, version_id=dropped.version_id)
    for _ in range(2):
        if started:
            assert made.split(made.order(dropped)).status is SplitStatus.QUARANTINED
        else:
            assert made.start(dropped) is None

    (told,) = made.world.publisher.of(DatasetQuarantined)
    receipt = made.world.receipts.receipt(MODEL, dropped)
    assert receipt is not None
    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "deleted_before_read")
    assert told.reason == receipt.reason


def test_without_a_live_version_the_file_is_quarantined_with_what_to_do() -> None:
    made = BatchWorld(model=MODEL)
    stranger = made.drop(ROWS, "a.csv")
    assert made.start(stranger) is None
    made.apply_spec()
    early = made.drop(ROWS, "b.csv")
    assert made.start(early) is None

    told = made.world.publisher.of(DatasetQuarantined)
    assert [fact.reason for fact in told] == ["unknown_model", "no_live_version"]
    assert all("drop" in fact.message for fact in told)
    assert made.world.engine.started == {}


@pytest.mark.parametrize("key", ["data/batch/a.csv", "labels/batch/a.csv", "batch/", "x/batch/a.csv"])
def test_what_only_looks_like_a_batch_is_somebody_elses_to_answer(made: BatchWorld, key: str) -> None:
    assert made.start(made.world.inbox.drop(f"{MODEL}/{key}", b"1")) is None
    assert made.world.engine.started == {}
    assert made.world.publisher.events == []


@pytest.mark.parametrize(
    ("content", "reason"), [("", "empty"), (HEADER, "no_rows"), ("a,b\n1,2\n", "missing_column")]
)
def test_a_file_that_cannot_be_used_is_quarantined_and_its_job_ends_well(
    made: BatchWorld, content: str, reason: str
) -> None:
    dropped = made.drop(content)
    made.start(dropped)
    receipt = made.run(dropped)

    assert receipt is not None
    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, reason)
    assert made.world.publisher.of(BatchScored) == []


def test_a_file_of_bad_rows_only_is_answered_with_every_reason(made: BatchWorld) -> None:
    dropped = made.drop(HEADER + "c,-1,basic,1\n" * 30)
    made.start(dropped)
    made.run(dropped)
    (told,) = made.world.publisher.of(BatchScored)

    assert (told.rows, told.scored, told.refused) == (30, 0, 30)


def test_a_missing_result_fails_the_job_and_is_told(made: BatchWorld) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    order = made.order(dropped)
    split = made.split(order)
    for shard in made.shards(split)[1:]:
        made.score(ShardTask(order=order, shard=shard))
    with pytest.raises(RowsUnaccounted, match="results/0001"):
        made.conclude(ConclusionTask(order=order, split=split))
    for _ in range(2):
        made.abandon(made.ended(dropped, error="RowsUnaccounted", cause="no results/0001"))

    (failed,) = made.world.publisher.of(RunFailed)
    receipt = made.world.receipts.receipt(MODEL, dropped)
    assert (failed.run_id, failed.error) == (order.job_id, "RowsUnaccounted")
    assert receipt is not None
    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "job_failed")
    assert "drop the file again" in receipt.message
    assert made.world.publisher.of(BatchScored) == []


def test_a_result_of_another_shard_in_its_place_is_found(made: BatchWorld) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    order = made.order(dropped)
    split = made.split(order)
    for shard in made.shards(split):
        made.score(ShardTask(order=order, shard=shard))
    made.world.lake.copy(order.key("results/0002.parquet"), order.key("results/0001.parquet"))

    with pytest.raises(RowsUnaccounted, match="are there twice"):
        made.conclude(ConclusionTask(order=order, split=split))


def test_files_that_were_changed_since_are_not_used(made: BatchWorld) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    order = made.order(dropped)
    split = made.split(order)
    task = ShardTask(order=order, shard=made.shards(split)[0])
    made.world.lake.write(order.artifact_key, b"another")
    with pytest.raises(ArtifactInvalid, match="SHA-256"):
        made.score(task)
    made.world.lake.write(f"{MODEL}/versions/1/manifest.json", b"{}")
    with pytest.raises(ArtifactInvalid, match="somebody changed it"):
        made.score(task)


def test_an_end_that_is_no_jobs_is_left_alone(made: BatchWorld) -> None:
    dropped = made.drop(ROWS)
    made.start(dropped)
    for text in (None, "{}", "no JSON"):
        made.abandon(made.ended(dropped).model_copy(update={"input": text}))

    assert made.world.publisher.events == []


def test_whatever_is_killed_and_tried_again_leaves_each_row_once(artifact: bytes) -> None:
    """Each step dies before and after every one of its calls, once, and its message or state is retried."""

    def scenario(plan: CrashPlan) -> None:
        made = BatchWorld(model=MODEL, plan=plan)
        made.apply_spec()
        made.deploy(artifact, 1)
        dropped = made.drop(ROWS)
        retried(lambda: made.start(dropped))
        order = made.order(dropped)
        split = retried(lambda: made.split(order))
        for shard in made.shards(split):
            retried(lambda shard=shard: made.score(ShardTask(order=order, shard=shard)))
        retried(lambda: made.conclude(ConclusionTask(order=order, split=split)))

        manifest = manifest_of(made, dropped)
        assert (manifest.rows, manifest.scored, manifest.refused) == (50, 48, 2)
        assert len(made.world.engine.started) == 1
        told = made.world.publisher.of(BatchScored)
        # A crash between the bus and the note that it has been told makes it twice, with the same facts.
        assert 1 <= len(told) <= 2
        assert len({event.model_dump_json() for event in told}) == 1
        receipt = made.world.receipts.receipt(MODEL, dropped)
        assert receipt is not None
        assert (receipt.outcome, receipt.announced) == (ObjectOutcome.ACCEPTED, True)

    assert sweep(scenario) > 20


def retried(step: Any) -> Any:
    try:
        return step()
    except Crash:
        return step()
