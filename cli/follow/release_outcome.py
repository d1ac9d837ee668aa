"""How a release ended that is followed by itself."""

from __future__ import annotations

from cli.follow.outcome import Ending, Outcome, champion_of, settled
from cli.follow.source import ReleaseExecution
from cli.registry import Registry
from tideline.domain.release.judgement import Judgement
from tideline.domain.release.version import ModelVersion, VersionState

_CLEAN = "SUCCEEDED"


def release_outcome(
    registry: Registry, execution: ReleaseExecution, *, shown: bool, judgement: Judgement | None
) -> Outcome | None:
    """Return how a release ended, None while it is under way.

    What a version's record says of earlier releases does not count while this one runs: it may have been
    retired or rolled back before.

    Args:
        registry: Says what became of the version.
        execution: As it is now.
        shown: Whether it has begun a step: what was rolled back since was rolled back by or in this release,
            whose execution may sleep on.
        judgement: The judge's last word, if he had one.
    """
    release = execution.release
    version = registry.versions.load(release.model, release.version)
    if not execution.is_over:
        ends = {VersionState.AWAITING_APPROVAL} | ({VersionState.ROLLED_BACK} if shown else set())
        return settled(registry, version) if version.state in ends else None
    if execution.status != _CLEAN and version.state is not VersionState.ROLLED_BACK:
        return _broken_off(registry, execution, version)
    return settled(registry, version) or _without_effect(registry, version, judgement)


def _broken_off(registry: Registry, execution: ReleaseExecution, version: ModelVersion) -> Outcome:
    if version.state is VersionState.REJECTED and (found := settled(registry, version)):
        return found
    number, champion = version.number, champion_of(registry, version.model)
    name = execution.release.name
    # A note may be of an earlier release, where this one's end has not been concluded yet.
    what = version.note if name in version.note else f"release {name} ended: {execution.status.lower()}"
    answers = f"version {champion} answers" if champion else "no version answers"
    return Outcome(Ending.FAILED, number, f"{what}; {answers}; `tideline show {version.model} {number}`")


def _without_effect(registry: Registry, version: ModelVersion, judgement: Judgement | None) -> Outcome:
    champion = champion_of(registry, version.model)
    if champion > version.number:
        text = f"version {version.number} stays unreleased: {champion} is newer and live"
        return Outcome(Ending.OVERTAKEN, version.number, text)
    why = version.note or "; ".join(judgement.reasons if judgement else ())
    text = f"version {version.number} did not go live; version {champion} answers"
    return Outcome(Ending.REJECTED, version.number, f"{text}: {why}" if why else text)
