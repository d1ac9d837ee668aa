"""The next deployment: pure functions from the one in force to the one after it.

Each raises the generation by one; in each exactly one version is champion, and weights add up to 100.
"""

from __future__ import annotations

from datetime import datetime

from tideline.domain.release.deployment import Capture, DeployedVersion, Deployment, Rollout
from tideline.domain.release.plan import Step
from tideline.domain.release.traffic import allocate

# Champions to go back to; each is a number in a record that every cold start reads.
MAX_BEFORE = 10
_ALL = 100


def first_deployment(model: str, entry: DeployedVersion, *, at: datetime, capture: Capture) -> Deployment:
    """Return the first deployment of a model: everybody is answered by one version."""
    return Deployment(
        model=model,
        generation=1,
        versions=(as_champion(entry),),
        since=at,
        capture=capture,
    )


def with_step(
    current: Deployment, entry: DeployedVersion, step: Step, *, rollout: Rollout, capture: Capture
) -> Deployment:
    """Return the deployment in which a release is at a step: at its first, or at the next one.

    Callers who were shown the version in an earlier step of the same release still are.
    """
    held = {e.version: e.slots for e in current.others} if is_under_way(current, rollout.release_id) else {}
    before = {entry.version: held[entry.version]} if entry.version in held else {}
    slots = allocate({entry.version: step.weight}, before)[entry.version]
    shown = entry.model_copy(update={"role": step.role, "weight": step.weight, "slots": slots})
    return current.model_copy(
        update={
            "generation": current.generation + 1,
            "versions": (as_champion(current.champion, weight=_ALL - step.weight), shown),
            "since": rollout.since,
            "rollout": rollout,
            "capture": capture,
        }
    )


def promoted(current: Deployment, entry: DeployedVersion, *, at: datetime, capture: Capture) -> Deployment:
    """Return the deployment in which a version is the champion, and the one before can come back."""
    champion = current.champion.version
    others = tuple(number for number in current.before if number not in {champion, entry.version})
    return current.model_copy(
        update={
            "generation": current.generation + 1,
            "versions": (as_champion(entry),),
            "since": at,
            "replaces": champion,
            "before": (champion, *others)[:MAX_BEFORE],
            "rollout": None,
            "capture": capture,
        }
    )


def broken_off(current: Deployment, *, at: datetime) -> Deployment:
    """Return the deployment in which the champion answers everybody again."""
    return current.model_copy(
        update={
            "generation": current.generation + 1,
            "versions": (as_champion(current.champion),),
            "since": at,
            "rollout": None,
        }
    )


def gone_back(current: Deployment, entry: DeployedVersion, *, at: datetime) -> Deployment:
    """Return the deployment in which an earlier champion answers again, and whatever came after it is gone.

    Args:
        current: What is in force; a release under way is over with it.
        entry: One of those whom `current.before` names.
        at: Now.
    """
    place = current.before.index(entry.version)
    return current.model_copy(
        update={
            "generation": current.generation + 1,
            "versions": (as_champion(entry),),
            "since": at,
            "replaces": current.champion.version,
            "before": current.before[place + 1 :],
            "rollout": None,
        }
    )


def is_under_way(current: Deployment, release_id: str) -> bool:
    """Tell whether a release is the one under way."""
    return current.rollout is not None and current.rollout.release_id == release_id


def as_champion(entry: DeployedVersion, *, weight: int = _ALL) -> DeployedVersion:
    """Return a version as the champion; its slots are what others leave, and are not written down."""
    return entry.model_copy(update={"role": "champion", "weight": weight, "slots": ()})
