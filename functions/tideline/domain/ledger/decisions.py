"""What the ledger says of each kind of record: the same record always gives the same decision.

`record_sha256` binds an entry to the whole record it speaks of; the other facts are there for people, and
to name what differs where somebody has edited a record (`tideline.domain.ledger.records`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch
from tideline.domain.ledger.entry import Decision, DecisionKind, Fact
from tideline.domain.release.deployment import Deployment, Rollout
from tideline.domain.release.move import Move
from tideline.domain.release.version import ModelVersion, StateChange, VersionState
from tideline.domain.training.run import Run

RECORD = "record_sha256"
# Told by whoever decided, and in no record.
REASONS = "reasons"
# An entry is one item of the table, of at most 400 KB, and is read by people.
_LONGEST_REASONS = 2000
_TAKEN_BACK = frozenset(
    {
        (VersionState.LIVE, VersionState.ROLLED_BACK),
        (VersionState.RELEASING, VersionState.ROLLED_BACK),
        (VersionState.RELEASING, VersionState.CANDIDATE),
    }
)
# Who decided where nobody asked.
_FUNCTIONS: dict[str | None, str] = {
    "judge": "tideline:judge_release",
    "alarm": "tideline:roll_back",
    "request": "tideline:roll_back",
    "failure": "tideline:conclude_release",
}
BEGAN, ENDED = "began", "ended"
_STATE_OF = "state of version "
_ARROW = " -> "
# A run's record goes on changing after it has begun; these fields do not.
_OF_BEGINNING = {"order", "trigger", "requested_by", "attempt", "created_at"}
# Counted after the run's end was entered, and an estimate.
_COUNTED_LATER = {"cost", "cost_note"}
# State and note change; a version's state is told by entries of its own.
_CHANGING = {"state", "note"}


def spec_applied(spec: ModelSpec, *, version: int, at: datetime) -> Decision:
    """A spec has come into force."""
    facts: dict[str, Fact] = {
        "spec_version": version,
        "spec_sha256": spec.sha256,
        RECORD: record_sha256(spec),
    }
    return Decision(
        kind=DecisionKind.SPEC, subject=f"spec {version}", at=at, by="tideline:apply_spec", facts=facts
    )


def batch_accepted(batch: Batch) -> Decision:
    """A batch has become part of the data."""
    facts: dict[str, Fact] = {
        "dataset_version": batch.number,
        "source_sha256": batch.source_sha256,
        "canonical_sha256": batch.sha256,
        "object_key": batch.object_key,
        "object_version": batch.object_version,
        "rows": batch.rows,
        RECORD: record_sha256(batch),
    }
    return Decision(
        kind=DecisionKind.DATA_SET,
        subject=f"data set version {batch.number}",
        at=batch.accepted_at,
        by="tideline:ingest_data",
        facts=facts,
    )


def run_begun(run: Run) -> Decision:
    """A run has been admitted."""
    facts: dict[str, Fact] = {
        "run": BEGAN,
        "trigger": run.trigger.value,
        "attempt": run.attempt,
        "dataset_version": run.order.dataset_version,
        "spec_version": run.order.spec_version,
        "seed": run.order.seed,
        RECORD: record_sha256(run, include=_OF_BEGINNING),
    }
    return Decision(
        kind=DecisionKind.RUN,
        subject=f"run {run.order.run_id}",
        at=run.created_at,
        by=run.requested_by or "tideline:admit_run",
        facts=facts,
    )


def run_ended(run: Run) -> Decision:
    """A run is over, whichever way.

    A failure is recorded by whichever function hears of it, hence by the workflow's name.
    """
    facts: dict[str, Fact] = {
        "run": ENDED,
        "status": run.status.value,
        "version": run.version,
        "stage": run.failure.stage if run.failure else None,
        "error": run.failure.error if run.failure else None,
        RECORD: record_sha256(run, exclude=_COUNTED_LATER),
    }
    return Decision(
        kind=DecisionKind.RUN,
        subject=f"run {run.order.run_id}",
        at=run.ended_at or run.created_at,
        by="tideline:training" if run.version is None else "tideline:register_model",
        facts=facts,
    )


def version_registered(version: ModelVersion) -> Decision:
    """A version has been judged and numbered."""
    evaluation = version.evaluation
    facts: dict[str, Fact] = {
        "verdict": evaluation.verdict,
        "artifact_sha256": version.sha256,
        "report_sha256": evaluation.report_sha256,
        "metric": evaluation.metric,
        "value": evaluation.candidate,
        "champion_value": evaluation.champion,
        "run": version.run_id,
        "spec_version": version.spec_version,
        "dataset_version": version.dataset_version,
        RECORD: record_sha256(version, exclude=_CHANGING),
    }
    if version.manifest_sha256:
        facts["manifest_sha256"] = version.manifest_sha256
    return Decision(
        kind=DecisionKind.VERDICT,
        subject=_version(version.number),
        at=version.created_at,
        by="tideline:register_model",
        facts=facts | {_STATE_OF + str(version.number): version.state.value},
    )


def deployment_replaced(
    deployment: Deployment,
    *,
    states: Mapping[int, StateChange],
    requested_by: str,
    move: Move | None = None,
) -> Decision:
    """Callers are answered otherwise than before: a step of a release, its end, or a way back.

    A rollback is what takes a version from its callers, and a release whose champion is older than the one it
    replaces. There numbers decide, not states: a version that had to be approved again comes out of the same
    state whether it was live before or not.
    """
    champion, replaces = deployment.champion, deployment.replaces
    facts: dict[str, Fact] = {
        "generation": deployment.generation,
        "artifact_sha256": champion.sha256,
        "replaces": replaces,
        "answering": ", ".join(f"version {v.version} ({v.role}) {v.weight}%" for v in deployment.versions),
        **_rollout_facts(deployment.rollout),
        RECORD: record_sha256(deployment),
    }
    if move is not None and move.reasons:
        facts[REASONS] = "; ".join(move.reasons)[:_LONGEST_REASONS]
    decision = Decision(
        kind=DecisionKind.ROLLBACK if _goes_back(deployment, states) else DecisionKind.RELEASE,
        subject=_version(move.version if move else champion.version),
        at=deployment.since,
        by=requested_by or _FUNCTIONS.get(move.by if move else None, "tideline:shift_traffic"),
        facts=facts,
    )
    return with_states(decision, states)


def _goes_back(deployment: Deployment, states: Mapping[int, StateChange]) -> bool:
    taken_back = any(change in _TAKEN_BACK for change in states.values())
    # A step of a release leaves `replaces` as it was: it tells of an earlier change.
    return taken_back or (deployment.rollout is None and _is_older(deployment))


def _is_older(deployment: Deployment) -> bool:
    return deployment.replaces is not None and deployment.champion.version < deployment.replaces


def _rollout_facts(rollout: Rollout | None) -> dict[str, Fact]:
    if rollout is None:
        return {}
    return {
        "release": rollout.release_id,
        "releasing": rollout.version,
        "strategy": rollout.strategy,
        "step": rollout.step,
        "steps": rollout.steps,
    }


def with_states(decision: Decision, states: Mapping[int, StateChange]) -> Decision:
    """Return the decision with the state changes that it makes, by version, among its facts.

    Every write that changes a version's state enters a decision that went through here: that is what
    `tideline audit verify` replays.
    """
    told = {f"{_STATE_OF}{n}": f"{before}{_ARROW}{after}" for n, (before, after) in states.items()}
    return decision.model_copy(update={"facts": decision.facts | told})


def states_told(decision: Decision) -> dict[int, tuple[VersionState | None, VersionState]]:
    """Return the state changes among a decision's facts, by version; the first has no state before.

    Raises `ValueError` where a fact cannot be read as one.
    """
    told: dict[int, tuple[VersionState | None, VersionState]] = {}
    for name, value in decision.facts.items():
        if name.startswith(_STATE_OF):
            before, arrow, after = str(value).rpartition(_ARROW)
            change = VersionState(before) if arrow else None, VersionState(after)
            told[int(name.removeprefix(_STATE_OF))] = change
    return told


def record_sha256(
    record: BaseModel, *, include: set[str] | None = None, exclude: set[str] | None = None
) -> str:
    """Return the SHA-256 of a record's canonical JSON (sorted names, no white space, UTF-8).

    Fields at their defaults are left out: a field that records gain later leaves older hashes as they are.
    """
    content = record.model_dump(mode="json", exclude_defaults=True, include=include, exclude=exclude)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _version(number: int) -> str:
    return f"version {number}"
