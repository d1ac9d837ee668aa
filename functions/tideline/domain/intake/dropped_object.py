"""What became of every dropped object: each one is answered exactly once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tideline.domain.labels.canonical_labels import LabelsRead
from tideline.domain.value import Value


class ObjectOutcome(StrEnum):
    """How a dropped object ended."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"


class DroppedObject(Value):
    """One version of one object in the inbox; `sequencer` orders the versions of one key."""

    bucket: str
    key: str
    version_id: str
    sequencer: str = ""
    size_bytes: int = 0


class ObjectReceipt(Value):
    """The answer to a dropped object.

    Attributes:
        reason: A stable code where the outcome is not ACCEPTED, such as ``too_many_bad_rows``.
        message: For a person: what was wrong and what to do.
        batch: Number of the batch that holds the rows: its own, or for a duplicate the first one's.
        labels: What was read, of labels that were accepted or told before.
        announced: Whether the event that tells of it has been taken by the bus.
    """

    key: str
    version_id: str
    outcome: ObjectOutcome
    reason: str = ""
    message: str = ""
    batch: int | None = None
    labels: LabelsRead | None = None
    at: datetime
    announced: bool = False
