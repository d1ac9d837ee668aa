"""Versions, who answers, and who agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tideline.domain.ledger.entry import Decision
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.move import Move
from tideline.domain.release.release_wish import ReleaseWish
from tideline.domain.release.version import ModelVersion, StateChange, VersionState


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
