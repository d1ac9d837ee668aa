"""Conclude a batch job: count every row out of the files, list them in a manifest, tell the world."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from tideline.domain.batch.batch_manifest import BatchManifest, ScoredFile
from tideline.domain.batch.order import MANIFEST, REFUSED, BatchOrder, ConclusionTask, Shard, SplitFile
from tideline.domain.intake.dropped_object import ObjectOutcome, ObjectReceipt
from tideline.errors import ObjectMissing, RowsUnaccounted
from tideline.events.facts import BatchScored
from tideline.ports import Clock, EventPublisher, ObjectStore, RowCounter
from tideline.services.batch_receipts import BatchReceipts

_SHARDS = TypeAdapter(tuple[Shard, ...])


@dataclass(frozen=True)
class ConcludeBatch:
    """Idempotency key: the job's id; the receipt is written after the manifest and before the event."""

    lake: ObjectStore
    receipts: BatchReceipts
    counter: Callable[[Path], AbstractContextManager[RowCounter]]
    publisher: EventPublisher
    clock: Clock
    workdir: Callable[[], AbstractContextManager[Path]]

    def __call__(self, task: ConclusionTask) -> ObjectReceipt:
        """Conclude one job; the same job again is told again only where that may not have happened.

        Raises:
            RowsUnaccounted: a row of the file is in none of the job's files, or in more than one.
        """
        order = task.order
        receipt = self.receipts.given(order.dropped())
        if receipt is None:
            manifest = self._account(order, task.split)
            self.lake.write(order.key(MANIFEST), manifest.model_dump_json(indent=2).encode())
            receipt = self.receipts.accept(order, message=_told(manifest))
        if receipt.outcome is ObjectOutcome.ACCEPTED and not receipt.announced:
            self._tell(order)
            self.receipts.note_told(order, receipt)
        return receipt

    def _account(self, order: BatchOrder, split: SplitFile) -> BatchManifest:
        shards = _SHARDS.validate_json(self.lake.read(split.shards_key))
        bad = [REFUSED] if split.refused else []
        with self.workdir() as workdir, self.counter(workdir) as counter:
            files = _Files(self.lake, order, workdir, counter)
            results = tuple(files.count(shard.results) for shard in shards)
            refusals = tuple(files.count(name) for name in [*bad, *(shard.refused for shard in shards)])
            counter.check(rows=split.rows)
        return BatchManifest(
            model=order.model,
            job_id=order.job_id,
            object_key=order.object_key,
            object_version=order.object_version,
            version=order.version,
            artifact_sha256=order.artifact_sha256,
            rows=split.rows,
            scored=sum(file.rows for file in results),
            refused=sum(file.rows for file in refusals),
            results=results,
            refusals=tuple(file for file in refusals if file.rows),
            started_at=order.started_at,
            scored_at=self.clock(),
        )

    def _tell(self, order: BatchOrder) -> None:
        manifest = BatchManifest.model_validate_json(self.lake.read(order.key(MANIFEST)))
        self.publisher.publish(
            BatchScored(
                model=order.model,
                occurred_at=manifest.scored_at,
                job_id=order.job_id,
                object_key=order.object_key,
                version=manifest.version,
                rows=manifest.rows,
                scored=manifest.scored,
                refused=manifest.refused,
                manifest_key=order.key(MANIFEST),
            )
        )


@dataclass(frozen=True)
class _Files:
    """A job's files, one on disk at a time."""

    lake: ObjectStore
    order: BatchOrder
    workdir: Path
    counter: RowCounter

    def count(self, name: str) -> ScoredFile:
        key = self.order.key(name)
        with self._fetched(key) as path:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            rows = self.counter.add(path)
            return ScoredFile(key=key, sha256=digest, size_bytes=path.stat().st_size, rows=rows)

    @contextmanager
    def _fetched(self, key: str) -> Iterator[Path]:
        path = self.workdir / "counted.parquet"
        try:
            self.lake.download(key, path)
        except ObjectMissing as exc:
            raise RowsUnaccounted(f"a worker has left no {key!r}: drop the file again") from exc
        yield path
        path.unlink(missing_ok=True)


def _told(manifest: BatchManifest) -> str:
    scored = f"{manifest.scored:,} of {manifest.rows:,} rows scored by version {manifest.version}"
    return scored if not manifest.refused else f"{scored}; {manifest.refused:,} are listed with their reasons"
