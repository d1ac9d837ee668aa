"""What became of dropped batches: wait for each one's manifest, or for the reason why it has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cli.follow.executions import RUNNING, Executions
from cli.follow.history import progress_of, read_history
from cli.patience import Patience
from cli.registry import Registry
from cli.scoring.job_manifest import read_job_manifest
from cli.target import Target
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain import keys
from tideline.domain.batch.batch_manifest import BatchManifest
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome

_POLL_S = 1.0
_CLEAN = "SUCCEEDED"


@dataclass(frozen=True)
class JobEnd:
    """How the scoring of one dropped batch ended.

    Attributes:
        message: Why it was refused or failed; empty where it was scored.
        version: The version that scored it.
        rows: In the file; of these `scored` have a result and `refused` a reason why they have none.
        results: Lake prefix of results, refused rows and manifest.
    """

    key: str
    job_id: str
    outcome: Literal["scored", "refused", "failed"]
    message: str = ""
    version: int | None = None
    rows: int | None = None
    scored: int | None = None
    refused: int | None = None
    results: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Jobs:
    """The batch jobs of a model."""

    target: Target
    registry: Registry
    model: str

    def wait(
        self, dropped: Sequence[DroppedObject], *, patience: Patience, told: Callable[[str], None]
    ) -> Iterator[JobEnd]:
        """Yield the end of each job as it comes; jobs that have not ended in time have none.

        Args:
            dropped: What was put into the inbox.
            patience: How long to wait, and by which clock.
            told: Called at each look with what is under way, in a few words.
        """
        open_ones = list(dropped)
        deadline = patience.clock() + patience.timeout_s
        while open_ones:
            for item in list(open_ones):
                end = self.end(item)
                if end is not None:
                    open_ones.remove(item)
                    yield end
            if not open_ones or patience.clock() >= deadline:
                return
            told(self.stage(open_ones[0]))
            patience.sleep(_POLL_S)

    def end(self, item: DroppedObject) -> JobEnd | None:
        """Return how a job ended, None while it has not."""
        job_id = job_of(item)
        lake = S3ObjectStore(self.target.s3, self.target.output("LakeBucket"))
        manifest = read_job_manifest(lake, self.model, job_id)
        if manifest is not None:
            return _scored(item, manifest)
        receipt = self.registry.receipts.receipt(self.model, item)
        if receipt is not None and receipt.outcome is not ObjectOutcome.ACCEPTED:
            return JobEnd(item.key, job_id, "refused", receipt.message or receipt.outcome.value)
        return self._failed(item, job_id)

    def stage(self, item: DroppedObject) -> str:
        """Return what a job is doing."""
        history = read_history(self.target.stepfunctions, self._executions.arn(job_of(item)))
        stages = progress_of(history).stages
        name = item.key.rpartition("/")[2]
        return f"{name}: {stages[-1].title}" if stages else f"{name}: waiting for its job to start"

    def _failed(self, item: DroppedObject, job_id: str) -> JobEnd | None:
        found = self._executions.described(job_id)
        if found is None or found["status"] in RUNNING or found["status"] == _CLEAN:
            return None
        failure = self._executions.engine.failure(
            found["executionArn"], error=found.get("error"), cause=found.get("cause")
        )
        text = f"in {failure.stage}: {failure.error}: {failure.cause}"
        return JobEnd(item.key, job_id, "failed", text)

    @property
    def _executions(self) -> Executions:
        return Executions(self.target, self.target.output("BatchStateMachine"))


def batch_key(model: str, name: str) -> str:
    """Return the inbox key of a file whose rows are to be scored."""
    return f"{model}/{keys.InboxArea.BATCH}/{name}"


def job_of(item: DroppedObject) -> str:
    """Return the id of the job that scores a dropped object."""
    return keys.object_id(item.key, item.version_id)


def _scored(item: DroppedObject, manifest: BatchManifest) -> JobEnd:
    return JobEnd(
        item.key,
        manifest.job_id,
        "scored",
        version=manifest.version,
        rows=manifest.rows,
        scored=manifest.scored,
        refused=manifest.refused,
        results=keys.scores_key(manifest.model, manifest.job_id, ""),
    )
