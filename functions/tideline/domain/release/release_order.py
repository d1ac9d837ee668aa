"""A release: the plan to put a version live, made on the deployment as it was at that moment."""

from __future__ import annotations

import re
from typing import Literal

from tideline.domain.contract.release_spec import ReleaseStrategy
from tideline.domain.release.deployment import Strategy
from tideline.domain.value import Value

_RELEASE_ID = re.compile(r"([a-z][a-z0-9-]{1,40})-v([0-9]+)-[0-9a-f]{12}")


class ReleaseOrder(Value):
    """What is to be done; `generation` is the deployment's when the plan was made, 0 for none.

    Attributes:
        needs_approval: Whether somebody else than the requester has to approve before the version goes live.
        approval_within_s: Seconds that they have to do so.
        strategy: As the newest spec had it, or whoever asked.
        automatic: Whether it was registered, and nobody asked.
    """

    model: str
    version: int
    release_id: str
    generation: int
    run_id: str | None = None
    requested_by: str = ""
    needs_approval: bool = False
    approval_within_s: int = 604_800
    strategy: ReleaseStrategy = "all-at-once"
    automatic: bool = False


class ShiftTask(Value):
    """Input of the state that shifts traffic.

    Attributes:
        step: Counted from 1; the one after the plan's last is the promotion.
        reasons: Of the judgement on the step before.
    """

    order: ReleaseOrder
    step: int
    reasons: tuple[str, ...] = ()


class Shifted(Value):
    """What came of it, for the workflow.

    Attributes:
        outcome: Whether a step is under way, the version is live, the release is over because something else
            took its place, or it is queued behind another.
        live: Whether the version is the champion.
    """

    outcome: Literal["under_way", "live", "over", "queued"]
    live: bool = False
    strategy: Strategy = "all-at-once"
    step: int = 0
    steps: int = 0
    weight: int = 0
    champion: int = 0
    generation: int = 0
    wait_s: int = 0


class ReleaseAsked(Value):
    """What a caller is told whose wish for a release is on the bus.

    Attributes:
        requested_by: The caller's ARN, as IAM proved it.
        release_id: The name that the release has if one is started.
    """

    model: str
    version: int
    reason: str
    requested_by: str
    event_id: str
    release_id: str


def release_id(model: str, *, version: int, event_id: str) -> str:
    """Name a release after what it does and the event that asked.

    Nothing else may be part of it: the same event, told once more after the world has moved on, must find
    the release that it started and not start another.
    """
    return f"{model}-v{version}-{event_id.replace('-', '')[:12].lower()}"


def parse_release_id(name: str) -> tuple[str, int]:
    """Return model and version; raises `ValueError` for a name that `release_id` did not make."""
    match = _RELEASE_ID.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not the id of a release")
    return match[1], int(match[2])
