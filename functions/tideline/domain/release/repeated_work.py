"""What a run has come to, where the version it ends with may be another run's, of the same work."""

from __future__ import annotations

from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import Evaluated

PROMOTE, REJECT = "PROMOTE", "REJECT"


def outcome(version: ModelVersion, *, run_id: str, judged: Evaluated) -> Evaluated:
    """Return what is to be told of a run: whose verdict is PROMOTE, its version may be released.

    One verdict with its own reasons, never one run's verdict with the reasons of another.

    Args:
        version: The one that stands for the work: the run's own, or what an earlier run made.
        run_id: The run's.
        judged: How it was judged. The same work may be judged otherwise later, against another champion.
    """
    own = version.run_id == run_id
    told = version.evaluation if own else judged
    rejected = version.state is VersionState.REJECTED
    if told.verdict == PROMOTE:
        return _as_before(version) if rejected else told
    if own or rejected:
        return told
    stays = f"{_same_work(version)} stays as it is: {version.state}"
    return told.model_copy(update={"reasons": (*told.reasons, stays)})


def _as_before(version: ModelVersion) -> Evaluated:
    """Return why the version stays rejected; by a person, where the gate had let it pass."""
    evaluation = version.evaluation
    stays = f"{_same_work(version)} was rejected before and stays so"
    if evaluation.verdict != PROMOTE:
        return evaluation.model_copy(update={"reasons": (*evaluation.reasons, stays)})
    why = f"{stays}: {version.note}" if version.note else stays
    return evaluation.model_copy(update={"verdict": REJECT, "reasons": (why,)})


def _same_work(version: ModelVersion) -> str:
    return f"version {version.number}, the same work by run {version.run_id},"
