"""What the use cases need from the outside, and which errors they may meet.

Any method may raise `StorageUnavailable` or `ThrottledByService`; other errors are named at the method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tideline.domain.alerts.alert import Letter
from tideline.domain.batch.order import BatchOrder, Shard
from tideline.domain.compaction import CompactionRequest
from tideline.domain.contract.spec import ModelSpec, SpecHead
from tideline.domain.costs.usage import Usage
from tideline.domain.encoding import Encoding
from tideline.domain.intake.canonical_file import CanonicalFile
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.labels.canonical_labels import CanonicalLabels
from tideline.domain.ledger.entry import Decision, LedgerEntry, LedgerHead
from tideline.domain.prediction_log import LoggedCall
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.deployment import Deployment, Rollout, Signature
from tideline.domain.release.move import Move
from tideline.domain.release.release_wish import ReleaseWish
from tideline.domain.release.version import ModelVersion, StateChange, VersionState
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Parameter, Run, RunFailure
from tideline.events.base import Event

if TYPE_CHECKING:
    # Functions without numpy in their layers import this module too.
    from tideline.domain.labels.label_question import LabelQuestion
    from tideline.domain.monitoring.counting.counts import WindowCounts
    from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
    from tideline.domain.monitoring.record import LabelCounts, VersionShare
    from tideline.domain.monitoring.reference import MonitoringReference
    from tideline.domain.release.judging.evidence import Calls, Outcomes, Texts
    from tideline.domain.training.matrix import Floats


class Clock(Protocol):
    """The time, in UTC."""

    def __call__(self) -> datetime:
        """Return the time."""
        ...


class Stopwatch(Protocol):
    """Seconds since some fixed moment, never going back."""

    def __call__(self) -> float:
        """Return the seconds."""
        ...


class ObjectStore(Protocol):
    """One bucket."""

    def read(self, key: str, *, version_id: str | None = None) -> bytes:
        """Return an object's bytes; raises `ObjectMissing` or `ObjectUnreadable`."""
        ...

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        """Write an object to a file; raises `ObjectMissing` or `ObjectUnreadable`."""
        ...

    def write(self, key: str, content: bytes) -> None:
        """Put bytes; what was there is replaced."""
        ...

    def upload(self, path: Path, key: str) -> None:
        """Put a file's bytes; what was there is replaced."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Copy within the bucket; raises `ObjectMissing`."""
        ...

    def size(self, key: str, *, version_id: str | None = None) -> int:
        """Return an object's size in bytes; raises `ObjectMissing`."""
        ...

    def written_at(self, key: str, *, version_id: str | None = None) -> datetime:
        """Return when an object was put, in UTC; raises `ObjectMissing` or `ObjectUnreadable`."""
        ...

    def current_version(self, key: str) -> str | None:
        """Return the newest version id, or None where there is no such object."""
        ...

    def listed(self, prefix: str) -> Sequence[str]:
        """Return the keys that start with `prefix`, sorted."""
        ...

    def sizes(self, prefix: str) -> Mapping[str, int]:
        """Return the sizes in bytes of the objects whose keys start with `prefix`.

        Raises `ObjectUnreadable` where they may not be listed.
        """
        ...

    def holds_any(self, prefix: str) -> bool:
        """Tell whether any key starts with `prefix`."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is deleted already."""
        ...


class LabelFileReader(Protocol):
    """Reads dropped files of labels."""

    def read(
        self, source: Path, *, name: str, spec: ModelSpec, told_at: datetime, workdir: Path
    ) -> CanonicalLabels:
        """Return the labels of a file; raises `FileRejected`.

        Args:
            source: The dropped file. It is only read.
            name: What it was dropped as.
            spec: Names its columns.
            told_at: When it was dropped, in UTC: when the outcomes were known that do not say it themselves.
            workdir: An empty folder for everything that is written, the result included.
        """
        ...


class PredictionWriter(Protocol):
    """Makes files of the prediction log's table; see `tideline.domain.prediction_log`."""

    def write(self, calls: Sequence[LoggedCall], path: Path) -> str:
        """Write the rows of calls, each once, sorted by time; return the name that says what it holds."""
        ...


class PredictionMerger(Protocol):
    """Merges files of the prediction log's table."""

    def merge(self, sources: Sequence[Path], path: Path) -> str:
        """Write the rows of files, each once, sorted by time; return the name that says what it holds."""
        ...


class CallCounter(Protocol):
    """Counts calls of the prediction log."""

    def count(
        self, hour: datetime, *, version: int, reference: MonitoringReference, features: Sequence[str]
    ) -> tuple[WindowCounts, Sequence[VersionShare]]:
        """Count what one version answered in an hour, and what each version did.

        Args:
            hour: Its begin, in UTC.
            version: Whose answers.
            reference: Over whose bins; it names the model.
            features: Which of the reference's features.

        Raises:
            RegistryConflict: the log changed while it was read; try again.
            StorageUnavailable: a file of the log could not be read.
        """
        ...


class CompactionQueue(Protocol):
    """Who compacts the prediction log."""

    def request(self, request: CompactionRequest) -> None:
        """Ask for a look at the hours before one; asking again does no harm."""
        ...


class EventPublisher(Protocol):
    """The event bus."""

    def publish(self, *events: Event) -> tuple[str, ...]:
        """Put events and return their ids, in order; raises `EventRefused` unless the bus took every one."""
        ...


class AlertTopic(Protocol):
    """Whoever wants to be told."""

    def publish(self, letter: Letter) -> str:
        """Send a letter to everybody and return its id."""
        ...


class AlertRegistry(Protocol):
    """What has been told already."""

    def was_told(self, key: str) -> bool:
        """Tell whether an alert of this key was sent in the last month."""
        ...

    def mark_told(self, key: str, *, at: datetime) -> None:
        """Note that one was sent; noting it again does no harm."""
        ...


class Secret(Protocol):
    """One secret text."""

    def read(self) -> str:
        """Return it as it is now; raises `ChatRefused` where there is none that may be used."""
        ...


class Chat(Protocol):
    """A room that takes messages by a webhook."""

    def post(self, address: str, text: str) -> None:
        """Post a message; raises `ChatRefused` or `ChatUnavailable`, which never hold the address."""
        ...


class DeadLetters(Protocol):
    """What needs a person."""

    def keep(self, body: str, *, reason: str) -> None:
        """Keep a message that nobody could be given, with the reason beside it."""
        ...


class SpecRegistry(Protocol):
    """Spec versions of every model."""

    def head(self, model: str) -> SpecHead:
        """Return number and hash of the spec in force; number 0 where there is none."""
        ...

    def load(self, model: str, version: int) -> ModelSpec:
        """Return one version; raises `UnknownModel`."""
        ...

    def models(self) -> Sequence[str]:
        """Return the names of all models, sorted."""
        ...

    def append(self, spec: ModelSpec, *, head: SpecHead, at: datetime) -> int:
        """Store the version after `head` and return its number.

        Raises `RegistryConflict` where `head` is no longer the newest.
        """
        ...


class ReceiptRegistry(Protocol):
    """The answers to what was dropped."""

    def receipt(self, model: str, dropped: DroppedObject) -> ObjectReceipt | None:
        """Return the answer already given to this object, if there is one."""
        ...

    def all(self, model: str) -> Sequence[ObjectReceipt]:
        """Return every receipt of a model, oldest first."""
        ...

    def claim(self, model: str, dropped: DroppedObject) -> bool:
        """Note the object's sequencer; False where a newer version of its key was seen already."""
        ...

    def conclude(self, model: str, receipt: ObjectReceipt) -> ObjectReceipt:
        """Store a receipt, unless there is one already, and return the one that holds."""
        ...

    def mark_announced(self, model: str, receipt: ObjectReceipt) -> None:
        """Note that the object's event is out."""
        ...


class DatasetRegistry(Protocol):
    """The batches of every model."""

    def batch_with_content(self, model: str, source_sha256: str, schema_sha256: str) -> int | None:
        """Return the number of the newest batch that holds these bytes, read by this schema."""
        ...

    def latest_version(self, model: str) -> int:
        """Return the newest data set version, or 0."""
        ...

    def batches(self, model: str) -> Sequence[Batch]:
        """Return every batch, oldest first."""
        ...

    def accept(self, batch: Batch, dropped: DroppedObject, receipt: ObjectReceipt) -> None:
        """Add a batch and its receipt in one step.

        Raises `RegistryConflict` where the number is taken, the object has a receipt, or a newer version
        of its key has been claimed.
        """
        ...


class RunRegistry(Protocol):
    """Runs, and the one that is in flight."""

    def load(self, model: str, run_id: str) -> Run | None:
        """Return a run's record."""
        ...

    def all(self, model: str) -> Sequence[Run]:
        """Return every run of a model, oldest first."""
        ...

    def in_flight(self, model: str) -> str | None:
        """Return the id of the run that holds the model's lock."""
        ...

    def started_by(self, model: str, event_id: str) -> str | None:
        """Return the run that this event started, if it did."""
        ...

    def begin(self, run: Run, *, event_id: str) -> None:
        """Store a new run and take the lock in one step; raises `RegistryConflict` if either is taken."""
        ...

    def save(self, run: Run) -> bool:
        """Replace the record of a run that is not over; False where it is."""
        ...

    def set_cost(self, run: Run) -> None:
        """Put the cost of a run that is over, or why it is not known, beside its record.

        Raises `RegistryConflict` where the record is not that of a run that ended so.
        """
        ...

    def release_lock(self, model: str, run_id: str) -> None:
        """Give the lock back if this run holds it."""
        ...

    def remember(self, wish: Wish) -> bool:
        """Note what was denied for now, in the place of what was; False where that is stronger."""
        ...

    def remembered(self, model: str) -> Wish | None:
        """Return the wish that waits."""
        ...

    def forget(self, model: str, *, event_id: str) -> None:
        """Drop the remembered wish unless another one has taken its place."""
        ...


class VersionRegistry(Protocol):
    """Registered versions."""

    def load(self, model: str, number: int) -> ModelVersion:
        """Return a version; raises `UnknownVersion`."""
        ...

    def all(self, model: str) -> Sequence[ModelVersion]:
        """Return every version of a model, oldest first."""
        ...

    def of_run(self, model: str, run_id: str) -> ModelVersion | None:
        """Return the version that a run registered."""
        ...

    def of_same_work(self, version: ModelVersion) -> ModelVersion | None:
        """Return the version with the same artifact, made from the same data by the same spec."""
        ...

    def latest_number(self, model: str) -> int:
        """Return the newest version's number, or 0."""
        ...

    def register(self, version: ModelVersion) -> None:
        """Add the next version; raises `RegistryConflict` where number or work is taken."""
        ...

    def change_state(self, version: ModelVersion, to: VersionState, *, decision: Decision) -> ModelVersion:
        """Change the state of a version, as it was read, and return it so.

        Raises `TransitionRefused` where its state never becomes `to`, or only by a deployment, and
        `RegistryConflict` where it is no longer the state that was read.
        """
        ...

    def note(self, version: ModelVersion, text: str) -> None:
        """Put a note beside a version's state."""
        ...


class DeploymentRegistry(Protocol):
    """Who answers for a model."""

    def load(self, model: str) -> Deployment | None:
        """Return the deployment in force."""
        ...

    def replace(
        self,
        deployment: Deployment,
        *,
        states: Mapping[int, StateChange],
        requested_by: str = "",
        move: Move | None = None,
    ) -> None:
        """Put the next generation, change version states, from and to, and remember the move, in one step.

        Raises `TransitionRefused` for a change that is not legal, and `RegistryConflict` where the
        generation or a state is no longer what it was, or the move's cause has moved the deployment before.
        """
        ...

    def moved(self, model: str, cause: str) -> Move | None:
        """Return the move that a cause has made, if it was in the last month."""
        ...

    def last_move(self, model: str) -> Move | None:
        """Return the move that made the deployment in force."""
        ...


class ReleaseQueue(Protocol):
    """The wish for a release that waits for another to end, one for each model."""

    def remember(self, wish: ReleaseWish) -> None:
        """Note a wish; it takes the place of the one that waited."""
        ...

    def remembered(self, model: str) -> ReleaseWish | None:
        """Return the wish that waits."""
        ...

    def forget(self, model: str, *, event_id: str) -> None:
        """Drop the wish unless another one has taken its place."""
        ...


class PredictionLog(Protocol):
    """What live versions answered."""

    def calls(
        self,
        model: str,
        *,
        rollout: Rollout,
        versions: Sequence[int],
        outputs: Sequence[str],
        until: datetime,
    ) -> Mapping[int, Calls]:
        """Return the calls in the rollout's current step, by version; every version has an entry.

        What one version answered in another's stead is not among them.

        Args:
            model: Its name.
            rollout: Release, step, and when the step began.
            versions: Whose calls.
            outputs: Classes whose probabilities are the scores; none for a value.
            until: Now, in UTC.

        Raises:
            RegistryConflict: the log's files changed faster than they could be read; try again.
            StorageUnavailable: a file could not be read; the message names it. Never are there fewer rows.
        """
        ...


class Labels(Protocol):
    """What turned out to be true of predictions."""

    def outcomes(self, model: str, ids: Texts) -> Outcomes:
        """Return what is known of predictions, in the order of their ids.

        Raises what `PredictionLog.calls` does.
        """
        ...


class LabelledPredictions(Protocol):
    """Answers, joined with what turned out to be true of them."""

    def labelled(self, question: LabelQuestion) -> tuple[LabelledRows, LabelCounts]:
        """Return every answer that a question is about, and what became of the labels.

        The rules are `tideline.domain.labels.label_question`'s. The same files give the same numbers, however
        they are ordered, split and repeated. Raises what `PredictionLog.calls` does.
        """
        ...


class ApprovalRegistry(Protocol):
    """The newest question about a version, and its answer.

    Every change but `renew` goes with the version's state and an entry in the ledger, in one step.
    """

    def load(self, model: str, version: int) -> Approval | None:
        """Return the newest approval of a version, if anybody ever asked for one."""
        ...

    def request(self, request: ApprovalRequest, *, state: VersionState, replaces: Approval | None) -> None:
        """Store a question, and let its version await the answer.

        Raises `RegistryConflict` where the version is no longer in `state`, or `replaces` no longer newest.
        """
        ...

    def renew(self, request: ApprovalRequest) -> None:
        """Put another token in the place of one; raises `RegistryConflict` where it is answered or over."""
        ...

    def decide(self, request: ApprovalRequest, decision: ApprovalDecision, *, note: str) -> None:
        """Store the answer, and make the version approved or rejected, with a note beside its state.

        Raises `RegistryConflict` where it is answered, over, or asked anew, or the version awaits nothing.
        """
        ...

    def give_up(self, approval: Approval, *, state: VersionState, note: str, at: datetime) -> None:
        """Make the version a candidate again, for its release has ended without it going live.

        Raises `RegistryConflict` where it is no longer in `state`, or was asked for anew.
        """
        ...


class WaitingTasks(Protocol):
    """Tasks of workflows that wait for an answer; each method is False where nothing waits any more."""

    def succeed(self, task_token: str) -> bool:
        """Let the workflow go on."""
        ...

    def fail(self, task_token: str, *, error: str, cause: str) -> bool:
        """Let the workflow fail."""
        ...


class Ledger(Protocol):
    """The decisions about a model; whoever stores a decision's outcome enters it in the same step."""

    def head(self, model: str) -> LedgerHead:
        """Return number and hash of the newest entry; number 0 where there is none."""
        ...

    def entries(self, model: str) -> Sequence[LedgerEntry]:
        """Return every entry, oldest first, as it is stored: nothing is checked here."""
        ...

    def stored(self, model: str) -> tuple[LedgerEntry | None, ...]:
        """Return every row in its place, None for one that is no entry any more."""
        ...


class WorkflowEngine(Protocol):
    """Starts workflows and tells how they ended."""

    def start(self, name: str, payload: str) -> str:
        """Start an execution of this name, or find it, and return its ARN."""
        ...

    def execution_arn(self, name: str) -> str:
        """Return the ARN that an execution of this name has."""
        ...

    def has_ended(self, execution_arn: str) -> bool:
        """Tell whether an execution is over, or forgotten."""
        ...

    def failure(self, execution_arn: str, *, error: str | None, cause: str | None) -> RunFailure:
        """Return stage, error and cause of an execution that failed."""
        ...


class Scheduler(Protocol):
    """Schedules that ask for retraining, and for looks at what is live."""

    def set(self, model: str, expression: str | None) -> None:
        """Put the model's schedule for retraining, or remove it where the expression is None."""
        ...

    def watch(self, model: str, every_s: int) -> None:
        """Put the model's schedule for looks, rounded to whole minutes, at least one."""
        ...


class WakeUps(Protocol):
    """Moments at which to look again at what a model has been denied."""

    def set(self, model: str, *, at: datetime) -> None:
        """Have a `ReviewRequested` sent then; asking again for the same moment does no harm."""
        ...


class ExecutionMeter(Protocol):
    """Tells what executions of a workflow used."""

    def measure(self, execution_arn: str, *, memory_mb: Mapping[str, int]) -> Usage:
        """Return calls of functions and transitions; objects are left at none.

        Args:
            execution_arn: Of an execution that is over.
            memory_mb: Of the function behind each state, by the state's name; a Map stands for the states
                in it.

        Raises:
            HistoryUnreadable: it is forgotten, may not be read, or holds a state that is not named.
        """
        ...


class DataFileReader(Protocol):
    """Turns a dropped file into a canonical one."""

    def read(self, source: Path, *, name: str, spec: ModelSpec, workdir: Path) -> CanonicalFile:
        """Return the canonical file; raises `FileRejected`."""
        ...


class BatchSplitter(Protocol):
    """Splits a dropped file into shards of good rows and a list of bad ones."""

    def split(
        self,
        source: Path,
        *,
        name: str,
        signature: Signature,
        workdir: Path,
        keep: Callable[[Path, str], None],
    ) -> tuple[int, int, Sequence[Shard]]:
        """Return the file's rows, how many of them are bad, and the shards of the others.

        Each file that is written is handed to `keep` with its name below the job's prefix, and is gone
        afterwards. Raises `FileRejected`.
        """
        ...


class ShardScorer(Protocol):
    """Answers the rows of a shard."""

    def score(
        self,
        source: Path,
        *,
        order: BatchOrder,
        signature: Signature,
        artifact: bytes,
        results: Path,
        refused: Path,
    ) -> tuple[int, int]:
        """Write answers and rows without one, and return how many there are of each.

        Raises `ArtifactInvalid`.
        """
        ...


class RowCounter(Protocol):
    """Counts the rows of a job out of its files, one after the other."""

    def add(self, path: Path) -> int:
        """Count a Parquet file's rows in and return how many it has."""
        ...

    def check(self, *, rows: int) -> None:
        """Raise `RowsUnaccounted` unless each of the numbers 1 to `rows` was counted exactly once."""
        ...


class Trained(Protocol):
    """What a trainer learned."""

    @property
    def rounds(self) -> int:
        """Boosting rounds in use, or iterations."""
        ...

    def predict_raw(self, matrix: Floats) -> Floats:
        """Return the trainer's own predictions, shape ``(n, n_classes)`` or ``(n, 1)``."""
        ...

    def to_onnx(self, encoding: Encoding) -> bytes:
        """Return the artifact: one ONNX file that takes the raw named features."""
        ...

    def to_explanation(self, encoding: Encoding) -> bytes:
        """Return the file that explains answers, as `tideline.explaining` reads it; empty for none."""
        ...


class Trainer(Protocol):
    """Learns from encoded features; the same call learns the same."""

    def train(
        self,
        matrix: Floats,
        target: Floats,
        *,
        valid: tuple[Floats, Floats] | None,
        encoding: Encoding,
        parameters: Mapping[str, Parameter],
        rounds: int | None,
        seed: int,
        threads: int,
    ) -> Trained:
        """Train on ``(n, n_features)``, stopping early on `valid`, else for exactly `rounds`.

        Raises `TrainingImpossible`.
        """
        ...
