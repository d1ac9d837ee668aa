"""How a run or a release ended, all the way to traffic: what `watch` says and exits with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cli.registry import Registry
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import Run, RunStatus


class Ending(StrEnum):
    """How a run or a release can end; the values are part of the JSON output."""

    LIVE = "live"
    OVERTAKEN = "overtaken"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled_back"
    AWAITING_APPROVAL = "awaiting_approval"
    FAILED = "failed"

    @property
    def exit_code(self) -> int:
        """What `watch` exits with."""
        return _EXIT_CODES.get(self, 0)


_EXIT_CODES = {
    Ending.REJECTED: 3,
    Ending.ROLLED_BACK: 3,
    Ending.AWAITING_APPROVAL: 4,
    Ending.FAILED: 5,
}


@dataclass(frozen=True)
class Outcome:
    """The end of a run or a release.

    Attributes:
        version: The version it registered or released, if it did.
        message: For a person, with what to do next.
    """

    ending: Ending
    version: int | None
    message: str


def outcome_of(registry: Registry, run: Run, *, now: datetime | None = None) -> Outcome | None:
    """Return how a run ended, None while it, or the release of its version, is under way."""
    if not run.is_over:
        return None
    if run.status is RunStatus.FAILED or run.version is None:
        return _failed(run)
    version = registry.versions.load(run.order.model, run.version)
    if version.state is VersionState.RELEASING:
        return None
    return settled(registry, version, now=now) or _unreleased(registry, version)


def settled(registry: Registry, version: ModelVersion, *, now: datetime | None = None) -> Outcome | None:
    """Return what has become of a version by its record, None where it is open."""
    model, number = version.model, version.number
    champion = champion_of(registry, model)
    if version.state is VersionState.REJECTED:
        return _rejected(version)
    if version.state is VersionState.AWAITING_APPROVAL:
        return _awaiting(registry, version, now=now or datetime.now(UTC))
    if version.state is VersionState.ROLLED_BACK:
        told = "rolled back" if not version.note.startswith("rolled back") else ""
        what = ": ".join(part for part in (told, version.note) if part)
        text = f"version {number} was {what}; version {champion} answers"
        return Outcome(Ending.ROLLED_BACK, number, text)
    if champion == number:
        return Outcome(Ending.LIVE, number, f"version {number} is live")
    if version.state is VersionState.RETIRED:
        text = f"version {number} was live; version {champion} has taken its place"
        return Outcome(Ending.LIVE, number, text)
    return None


def champion_of(registry: Registry, model: str) -> int:
    """Return the version that answers by default, 0 where there is none."""
    deployment = registry.deployments.load(model)
    return deployment.champion.version if deployment else 0


def _failed(run: Run) -> Outcome:
    failure, why = run.failure, f"`tideline why {run.order.run_id}` says what to do"
    if failure is None:
        return Outcome(Ending.FAILED, None, f"the run failed; {why}")
    return Outcome(Ending.FAILED, None, f"failed in {failure.stage}: {failure.error}: {failure.cause}; {why}")


def _rejected(version: ModelVersion) -> Outcome:
    # The gate leaves no note; a person does.
    open_ended = version.evaluation.verdict == "INCONCLUSIVE"
    what = "stays out: its evaluation is inconclusive" if open_ended else f"was {version.note or 'rejected'}"
    why = f"`tideline why {version.run_id}` says more"
    return Outcome(Ending.REJECTED, version.number, f"version {version.number} {what}; {why}")


def _unreleased(registry: Registry, version: ModelVersion) -> Outcome | None:
    number, champion = version.number, champion_of(registry, version.model)
    if version.note:
        text = f"{version.note}; `tideline why {version.run_id}` says what to do"
        return Outcome(Ending.FAILED, number, text)
    if champion > number:
        text = f"version {number} stays unreleased: {champion} is newer and live"
        return Outcome(Ending.OVERTAKEN, number, text)
    return None


def _awaiting(registry: Registry, version: ModelVersion, *, now: datetime) -> Outcome:
    model, number = version.model, version.number
    approval = registry.approvals.load(model, number)
    if approval is not None and approval.has_expired(at=now):
        return Outcome(
            Ending.FAILED,
            number,
            f"version {number} waited for approval until {approval.request.expires_at:%Y-%m-%d %H:%M} UTC,"
            f" and nobody answered; ask again with `tideline release {model} {number}`",
        )
    requesters = approval.request.requesters if approval else ()
    who = f"somebody else than {' and '.join(requesters)}" if requesters else "somebody who may approve"
    until = f" until {approval.request.expires_at:%Y-%m-%d %H:%M} UTC" if approval else ""
    how = f"`tideline approve {model} {number}` (on the local cloud `--as NAME` acts as another user)"
    return Outcome(
        Ending.AWAITING_APPROVAL, number, f"version {number} awaits approval{until}; ask {who} to run {how}"
    )
