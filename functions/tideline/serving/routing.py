"""Which version answers a caller: by a hash of who asks, so that a caller stays with one version.

The hash is salted with the release, so that each release begins with other callers; within one, a change of
weights moves only the callers of the slots that change hands (`tideline.domain.release.traffic`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from tideline.serving.deployment import DeployedVersion, Deployment, Signature
from tideline.serving.instances import spelled

SLOTS = 100
# As long as a request's `key` may be.
_LONGEST_ENTITY = 256
_HASH_BYTES = 8


def entities(instances: Sequence[Mapping[str, Any]], signature: Signature) -> Sequence[str | None]:
    """Return whom each instance is about, None where it doesn't say."""
    name = signature.entity
    if name is None:
        return [None] * len(instances)
    return [_entity(instance.get(name)) for instance in instances]


def caller(key: str | None, entities: Sequence[str | None]) -> str | None:
    """Return what keeps a caller on a version: the request's key, else the first entity, else None.

    An empty key names nobody. A call about several entities goes with the first: it is answered by one
    version as a whole.
    """
    if key:
        return key
    for entity in entities:
        if entity:
            return entity
    return None


def slot_of(caller: str, *, model: str, release_id: str) -> int:
    """Return a caller's slot, 0 to 99: a 64 bit hash modulo 100, even to one part in 10^17."""
    text = f"{model}\0{release_id}\0{caller}"
    return int.from_bytes(blake2b(text.encode(), digest_size=_HASH_BYTES).digest()) % SLOTS


def route(deployment: Deployment, *, caller: str | None, random: bytes) -> DeployedVersion:
    """Return the challenger that holds the caller's slot, else the champion.

    Args:
        deployment: Who answers.
        caller: By whom, or by `random` where that is None.
        random: Bytes of this call, evenly distributed; eight are enough for a slot.
    """
    challengers = [entry for entry in deployment.versions if entry.role == "challenger"]
    if not challengers:
        return deployment.champion
    release_id = deployment.rollout.release_id if deployment.rollout else ""
    if caller is None:
        slot = int.from_bytes(random) % SLOTS
    else:
        slot = slot_of(caller, model=deployment.model, release_id=release_id)
    for entry in challengers:
        if any(start <= slot < end for start, end in entry.slots):
            return entry
    return deployment.champion


def _entity(value: object) -> str | None:
    if value is None:
        return None
    text = spelled(value)
    return text if text and len(text) <= _LONGEST_ENTITY else None
