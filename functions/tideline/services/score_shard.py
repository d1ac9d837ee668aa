"""Answer the rows of one shard."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tideline.domain.batch.order import ShardTask
from tideline.ports import ObjectStore, ShardScorer
from tideline.services.batch_signature import BatchSignatures
from tideline.services.recorded_artifact import read_artifact


@dataclass(frozen=True)
class ScoreShard:
    """Idempotency key: (job id, shard); a worker that is tried again writes the same rows over the first's.

    Results come before refused rows, and `conclude_batch` wants both: a worker killed between the two is no
    worker that was done.
    """

    lake: ObjectStore
    signatures: BatchSignatures
    scorer: ShardScorer
    workdir: Callable[[], AbstractContextManager[Path]]

    def __call__(self, task: ShardTask) -> tuple[int, int]:
        """Return how many rows have an answer, and how many have none.

        Raises:
            ArtifactInvalid: the artifact is not the one of the order, or does not run.
        """
        order, shard = task.order, task.shard
        with self.workdir() as workdir:
            source, results, refused = (workdir / name for name in ("shard", "results", "refused"))
            self.lake.download(order.key(shard.source), source)
            counts = self.scorer.score(
                source,
                order=order,
                signature=self.signatures.of(order),
                artifact=read_artifact(self.lake, order.artifact_key, sha256=order.artifact_sha256),
                results=results,
                refused=refused,
            )
            self.lake.upload(results, order.key(shard.results))
            self.lake.upload(refused, order.key(shard.refused))
        return counts
