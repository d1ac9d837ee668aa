"""Why a dropped object is not used at all: the reasons that are the same whatever it is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from tideline.domain import keys
from tideline.domain.intake.canonical_file import RejectReason
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.errors import FileRejected, ObjectMissing, ObjectUnreadable
from tideline.ports import ObjectStore


def require_size(size_bytes: int, allowed: int) -> None:
    """Raise `FileRejected` where a file has more bytes than there is room for."""
    if size_bytes > allowed:
        raise FileRejected(
            RejectReason.TOO_LARGE,
            f"{size_bytes:,} bytes; at most {allowed:,} fit here: drop it in several files",
        )


@contextmanager
def readable() -> Iterator[None]:
    """Raise `FileRejected` where the object that is asked for is gone, or may not be read."""
    try:
        yield
    except ObjectMissing as exc:
        raise FileRejected(
            RejectReason.DELETED_BEFORE_READ, "the object was deleted before it was read: drop it again"
        ) from exc
    except ObjectUnreadable as exc:
        raise FileRejected(RejectReason.UNREADABLE, exc.message) from exc


def set_aside(
    lake: ObjectStore, model: str, dropped: DroppedObject, rejected: FileRejected, *, at: datetime
) -> ObjectReceipt:
    """Write down in the lake why an object is not used; return the receipt that says so, not stored yet."""
    receipt = ObjectReceipt(
        key=dropped.key,
        version_id=dropped.version_id,
        outcome=ObjectOutcome.QUARANTINED,
        reason=str(rejected.reason),
        message=rejected.message,
        at=at,
    )
    name = keys.object_id(dropped.key, dropped.version_id)
    lake.write(keys.quarantine_key(model, name, "reason.json"), receipt.model_dump_json(indent=2).encode())
    return receipt
