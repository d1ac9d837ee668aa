"""What is known of models: specs, files, data sets, runs, and the ledger of it all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tideline.domain.contract.spec import ModelSpec, SpecHead
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.ledger.entry import LedgerEntry, LedgerHead
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Run


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
