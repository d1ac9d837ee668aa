"""The order of a batch job and of each of its shards: references only, whatever the model's size."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tideline.domain import keys
from tideline.domain.intake.dropped_object import DroppedObject
from tideline.domain.value import Value

# Rows of a file that one worker takes: with 30 features and 100 trees about a second of scoring, with a
# forest of 1,000 deep trees about a minute; and few enough that a killed worker loses little.
SHARD_ROWS = 200_000
# And cells, so that a shard of 2,000 features takes no more memory: 32 MB of float32.
SHARD_CELLS = 8_000_000


class BatchOrder(Value):
    """What is to be scored by which version.

    The champion is pinned when the job starts: all rows are scored by one version, whatever is deployed
    meanwhile.

    Attributes:
        job_id: `keys.object_id` of the dropped object: the same object version is the same job.
        version: The champion at the start.
        artifact_key: In the lake, with the SHA-256 that the deployment record had for it.
        manifest_sha256: Of the version's `manifest.json`, which holds the signature; empty for versions
            that are older than this hash.
        started_at: Also the time in the ids of the predictions.
    """

    model: str
    job_id: str
    object_key: str
    object_version: str
    sequencer: str = ""
    version: int
    artifact_key: str
    artifact_sha256: str
    manifest_sha256: str = ""
    started_at: datetime

    def key(self, name: str) -> str:
        """Return the lake key of something that this job makes."""
        return keys.scores_key(self.model, self.job_id, name)

    def dropped(self, *, bucket: str = "") -> DroppedObject:
        """Return the dropped object as it is answered."""
        return DroppedObject(
            bucket=bucket, key=self.object_key, version_id=self.object_version, sequencer=self.sequencer
        )


class SplitStatus(StrEnum):
    """What became of the file."""

    SPLIT = "split"
    QUARANTINED = "quarantined"


class Shard(Value):
    """Some good rows of the file; `number` counts from 1."""

    number: int
    rows: int

    @property
    def source(self) -> str:
        """Name of its rows, below the job's prefix."""
        return f"shards/{self.number:04d}.parquet"

    @property
    def results(self) -> str:
        """Name of its results: a worker that is tried again writes over them."""
        return f"results/{self.number:04d}.parquet"

    @property
    def refused(self) -> str:
        """Name of its rows that the model could not answer."""
        return f"refused/{self.number:04d}.parquet"


class SplitFile(Value):
    """A file that has been split.

    Attributes:
        rows: Rows of the file, good or bad.
        refused: Rows that are not in any shard, each with its reasons in `REFUSED`.
        shards_key: Lake key of the list of shards, one JSON array: what the Map reads.
    """

    status: SplitStatus
    rows: int = 0
    refused: int = 0
    shards_key: str = ""


class ShardTask(Value):
    """What a worker is asked for."""

    order: BatchOrder
    shard: Shard


class ConclusionTask(Value):
    """What is asked for once every worker is done."""

    order: BatchOrder
    split: SplitFile


SHARDS = "shards.json"
REFUSED = "refused.parquet"
MANIFEST = "manifest.json"


def shard_rows(features: int) -> int:
    """Return how many rows of a file a shard spans."""
    return max(1, min(SHARD_ROWS, SHARD_CELLS // features))
