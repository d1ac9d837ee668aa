"""A registered model version, and the states it may pass through."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tideline.domain.training.run import Evaluated
from tideline.domain.value import Value
from tideline.errors import TransitionRefused


class VersionState(StrEnum):
    """Where a version stands."""

    CANDIDATE = "candidate"
    REJECTED = "rejected"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    RELEASING = "releasing"
    LIVE = "live"
    RETIRED = "retired"
    ROLLED_BACK = "rolled_back"
    ARCHIVED = "archived"


# From and to.
StateChange = tuple[VersionState, VersionState]

# What may follow what; everything else is refused. A request for approval that expires makes its version a
# candidate again; a version that was rolled back goes live again only by a release of its own. Releasing is a
# version that a release shows to some callers or lets compare in the shadow; where the release is broken off
# without a judgement (superseded, failed), it is a candidate again.
TRANSITIONS: dict[VersionState, frozenset[VersionState]] = {
    VersionState.CANDIDATE: frozenset(
        {
            VersionState.AWAITING_APPROVAL,
            VersionState.RELEASING,
            VersionState.LIVE,
            VersionState.ARCHIVED,
        }
    ),
    VersionState.REJECTED: frozenset({VersionState.ARCHIVED}),
    VersionState.AWAITING_APPROVAL: frozenset(
        {VersionState.APPROVED, VersionState.REJECTED, VersionState.CANDIDATE}
    ),
    VersionState.APPROVED: frozenset(
        {VersionState.RELEASING, VersionState.LIVE, VersionState.CANDIDATE, VersionState.ARCHIVED}
    ),
    VersionState.RELEASING: frozenset({VersionState.LIVE, VersionState.ROLLED_BACK, VersionState.CANDIDATE}),
    VersionState.LIVE: frozenset({VersionState.RETIRED, VersionState.ROLLED_BACK}),
    VersionState.RETIRED: frozenset(
        {
            VersionState.AWAITING_APPROVAL,
            VersionState.RELEASING,
            VersionState.LIVE,
            VersionState.ARCHIVED,
        }
    ),
    VersionState.ROLLED_BACK: frozenset(
        {
            VersionState.AWAITING_APPROVAL,
            VersionState.RELEASING,
            VersionState.LIVE,
            VersionState.ARCHIVED,
        }
    ),
    VersionState.ARCHIVED: frozenset(),
}


class ModelVersion(Value):
    """One version: an artifact, what led to it, and its state.

    Attributes:
        sha256: Of the ONNX file, in hexadecimal.
        manifest_sha256: Of `manifest.json` beside it; empty for versions older than this field.
        note: Why the state is what it is, such as the stage in which a release failed.
    """

    model: str
    number: int
    state: VersionState
    sha256: str
    run_id: str
    spec_version: int
    dataset_version: int
    trainer: str
    evaluation: Evaluated
    size_bytes: int
    created_at: datetime
    manifest_sha256: str = ""
    note: str = ""


def require_transition(number: int, before: VersionState, after: VersionState) -> None:
    """Refuse what `TRANSITIONS` does not list; raises `TransitionRefused`."""
    if after not in TRANSITIONS[before]:
        raise TransitionRefused(number, before=before, after=after)


def require_own_transition(number: int, before: VersionState, after: VersionState) -> None:
    """Refuse, too, what concerns more than the one version; raises `TransitionRefused`.

    A version that went live by itself would be live beside another, and in no deployment.
    """
    require_transition(number, before, after)
    if {VersionState.LIVE, VersionState.RELEASING} & {before, after}:
        why = "only a deployment shows a version to callers, or another one instead of it"
        raise TransitionRefused(number, before=before, after=after, why=why)
