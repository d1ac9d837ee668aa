"""Batch scoring on fakes of the cloud, with the real DuckDB and ONNX Runtime in between."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.fakes.crash import CrashPlan
from tests.fakes.samples import SPEC_TEXT, deployment, evaluated, version
from tests.fakes.world import World, workdir
from tests.unit.adapters.batch.conftest import SIGNATURE, STARTED
from tideline.adapters.batch.row_counter import row_counter
from tideline.adapters.batch.shard_scorer import OnnxShardScorer
from tideline.adapters.batch.splitter import DuckDbBatchSplitter
from tideline.domain import keys
from tideline.domain.batch.order import BatchOrder, ConclusionTask, Shard, ShardTask, SplitFile, SplitStatus
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.manifest import Manifest
from tideline.domain.release.version import VersionState
from tideline.events.aws import ExecutionEnded
from tideline.services.abandon_batch import AbandonBatch
from tideline.services.batch_receipts import BatchReceipts
from tideline.services.batch_signature import BatchSignatures
from tideline.services.conclude_batch import ConcludeBatch
from tideline.services.score_shard import ScoreShard
from tideline.services.split_batch import SplitBatch
from tideline.services.start_batch import StartBatch

MODEL = "visits"


@dataclass
class BatchWorld:
    """The use cases of a batch, and the workflow between them as the definition has it."""

    world: World = field(default_factory=World)
    plan: CrashPlan = field(default_factory=CrashPlan)
    model: str = MODEL

    @property
    def receipts(self) -> BatchReceipts:
        wrap, world = self.plan.wrap, self.world
        return BatchReceipts(
            lake=wrap(world.lake),
            receipts=wrap(world.receipts),
            publisher=wrap(world.publisher),
            clock=world.clock,
        )

    @property
    def start(self) -> StartBatch:
        wrap, world = self.plan.wrap, self.world
        return StartBatch(
            inbox=wrap(world.inbox),
            specs=wrap(world.specs),
            versions=wrap(world.versions),
            deployments=wrap(world.deployments),
            receipts=self.receipts,
            engine=wrap(world.engine),
            clock=world.clock,
        )

    @property
    def split(self) -> SplitBatch:
        lake = self.plan.wrap(self.world.lake)
        return SplitBatch(
            inbox=self.plan.wrap(self.world.inbox),
            lake=lake,
            signatures=BatchSignatures(lake),
            splitter=DuckDbBatchSplitter(memory_mb=1024),
            receipts=self.receipts,
            workdir=workdir,
            max_source_bytes=lambda: 10**9,
        )

    @property
    def score(self) -> ScoreShard:
        lake = self.plan.wrap(self.world.lake)
        return ScoreShard(
            lake=lake,
            signatures=BatchSignatures(lake),
            scorer=OnnxShardScorer(memory_mb=1024),
            workdir=workdir,
        )

    @property
    def conclude(self) -> ConcludeBatch:
        wrap, world = self.plan.wrap, self.world
        return ConcludeBatch(
            lake=wrap(world.lake),
            receipts=self.receipts,
            counter=partial(row_counter, memory_mb=1024),
            publisher=wrap(world.publisher),
            clock=world.clock,
            workdir=workdir,
        )

    @property
    def abandon(self) -> AbandonBatch:
        wrap, world = self.plan.wrap, self.world
        return AbandonBatch(
            receipts=self.receipts,
            engine=wrap(world.engine),
            publisher=wrap(world.publisher),
            clock=world.clock,
        )

    def deploy(self, artifact: bytes, number: int) -> Deployment:
        """Make a version champion, with its files in the lake."""
        world, key = self.world, keys.version_key(self.model, number, "model.onnx")
        manifest = _manifest(self.model, number, artifact)
        content = manifest.model_dump_json().encode()
        world.lake.write(key, artifact)
        world.lake.write(keys.version_key(self.model, number, "manifest.json"), content)
        world.versions.versions[self.model, number] = version(
            number, VersionState.LIVE, model=self.model, manifest_sha256=hashlib.sha256(content).hexdigest()
        )
        made = deployment(number, generation=number)
        entry = made.champion.model_copy(
            update={"key": key, "sha256": manifest.artifact_sha256, "signature": SIGNATURE}
        )
        made = made.model_copy(update={"model": self.model, "versions": (entry,)})
        world.deployments.history.setdefault(self.model, []).append(made)
        return made

    def drop(self, content: str, name: str = "march.csv") -> DroppedObject:
        return self.world.inbox.drop(f"{self.model}/batch/{name}", content.encode())

    def order(self, dropped: DroppedObject) -> BatchOrder:
        """Return the order that the execution of a dropped file began with."""
        name = keys.object_id(dropped.key, dropped.version_id)
        return BatchOrder.model_validate_json(self.world.engine.started[name])

    def shards(self, split: SplitFile) -> list[Shard]:
        """Return what the Map reads."""
        return [Shard.model_validate(item) for item in json.loads(self.world.lake.read(split.shards_key))]

    def run(self, dropped: DroppedObject) -> ObjectReceipt | None:
        """Carry out the job of a file as the workflow does."""
        order = self.order(dropped)
        split = self.split(order)
        if split.status is SplitStatus.SPLIT:
            for shard in self.shards(split):
                self.score(ShardTask(order=order, shard=shard))
            self.conclude(ConclusionTask(order=order, split=split))
        return self.world.receipts.receipt(self.model, dropped)

    def ended(self, dropped: DroppedObject, **fields: Any) -> ExecutionEnded:
        """Return what Step Functions tells of a job that failed."""
        order = self.order(dropped)
        return ExecutionEnded(
            executionArn=f"arn:execution:{order.job_id}",
            name=order.job_id,
            status="FAILED",
            input=order.model_dump_json(),
            **fields,
        )

    def apply_spec(self) -> None:
        self.world.apply_spec(self.world.inbox.drop(f"{self.model}/model.yaml", SPEC_TEXT))


def _manifest(model: str, number: int, artifact: bytes) -> Manifest:
    return Manifest(
        model=model,
        version=number,
        run_id=f"{model}-d{number}-s1",
        artifact_sha256=hashlib.sha256(artifact).hexdigest(),
        size_bytes=len(artifact),
        signature=SIGNATURE,
        spec_version=1,
        spec_sha256="",
        dataset_version=1,
        dataset_sha256="",
        batches=(),
        trainer="lightgbm",
        parameters={},
        rounds=1,
        seed=1,
        trials=(),
        evaluation=evaluated(),
        library_versions={},
        code_sha256="",
        created_at=STARTED,
    )
