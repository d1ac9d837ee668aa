"""Which version of an object an event speaks of."""

from __future__ import annotations

from tideline.domain.intake.dropped_object import DroppedObject
from tideline.ports import ObjectStore

# What S3 calls the only version of an object in a bucket that was never versioned.
UNVERSIONED = "null"


def identified(dropped: DroppedObject, inbox: ObjectStore) -> DroppedObject:
    """Return the object with its version's id: the event's, or the newest one's where it names none.

    S3 always names the version in a versioned bucket; MiniStack 1.5.33 (services/s3.py, `_fire_s3_event`)
    never does in what it sends to EventBridge. There the newest version is the one that counts.
    """
    if dropped.version_id != UNVERSIONED:
        return dropped
    current = inbox.current_version(dropped.key)
    return dropped if current is None else dropped.model_copy(update={"version_id": current})
