"""How the records of a model look as nodes: one name and one label for a thing, wherever it comes up."""

from __future__ import annotations

import hashlib

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import ObjectReceipt
from tideline.domain.lineage.graph import Fact, Node, NodeKind
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.manifest import Manifest, ManifestBatch
from tideline.domain.release.version import ModelVersion
from tideline.domain.training.run import Run, TrialResult

# Of all libraries, those that compute a model or write it down.
_DECISIVE = ("lightgbm", "numpy", "scipy", "onnx")


def version_node(version: ModelVersion) -> Node:
    """Return a version."""
    evaluation = version.evaluation
    return Node(
        kind=NodeKind.VERSION,
        id=f"version:{version.model}/{version.number}",
        label=f"version {version.number}, {version.state}: {evaluation.metric} {evaluation.candidate:.4g}",
        facts={
            "artifact_sha256": version.sha256,
            "state": version.state.value,
            "verdict": evaluation.verdict,
            "report_sha256": evaluation.report_sha256,
            "created_at": version.created_at.isoformat(),
        },
    )


def run_node(run_id: str, run: Run | None) -> Node:
    """Return a run, by its name alone where its record is gone."""
    facts: dict[str, Fact] = {}
    label = f"run {run_id}"
    if run is not None:
        label += f", asked for by {run.requested_by or run.trigger}"
        facts = {
            "seed": run.order.seed,
            "trigger": run.trigger.value,
            "requested_by": run.requested_by,
            "created_at": run.created_at.isoformat(),
            "execution_arn": run.execution_arn,
        }
    return Node(kind=NodeKind.RUN, id=f"run:{run_id}", label=label, facts=facts)


def spec_node(model: str, number: int, spec: ModelSpec) -> Node:
    """Return a spec version; a window is told, for it leaves rows of the data set out."""
    window = spec.training.window
    given = {} if window is None else window.model_dump(exclude_none=True)
    limits = ", ".join(f"{name} {value}" for name, value in given.items())
    facts: dict[str, Fact] = {"sha256": spec.sha256, "target": spec.target}
    if limits:
        facts["window"] = limits
    return Node(
        kind=NodeKind.SPEC,
        id=f"spec:{model}/{number}",
        label=f"spec version {number}" + (f", only the window of {limits}" if limits else ""),
        facts=facts,
    )


def data_set_node(model: str, number: int, *, sha256: str, rows: int, batches: int) -> Node:
    """Return a data set version."""
    many = "1 batch" if batches == 1 else f"{batches} batches"
    return Node(
        kind=NodeKind.DATA_SET,
        id=f"data_set:{model}/{number}",
        label=f"data set version {number}: {rows:,} rows in {many}",
        facts={"sha256": sha256, "rows": rows, "batches": batches},
    )


def batch_node(model: str, batch: Batch | ManifestBatch) -> Node:
    """Return a batch."""
    return Node(
        kind=NodeKind.BATCH,
        id=f"batch:{model}/{batch.number}",
        label=f"batch {batch.number}: {batch.rows:,} rows",
        facts={"sha256": batch.sha256, "rows": batch.rows},
    )


def source_node(batch: Batch | ManifestBatch) -> Node:
    """Return the object that a batch was read from."""
    return Node(
        kind=NodeKind.FILE,
        id=_file_id(batch.object_key, batch.object_version),
        label=batch.object_key,
        facts={
            "key": batch.object_key,
            "object_version": batch.object_version,
            "sha256": batch.source_sha256,
        },
    )


def dropped_node(receipt: ObjectReceipt, *, editions: int, edition: int, sha256: str | None) -> Node:
    """Return an object by the answer to it.

    Args:
        receipt: The answer.
        editions: How often something was dropped under its key.
        edition: Which of these it is, from 1.
        sha256: Of its bytes, where they are known.
    """
    which = f", edition {edition} of {editions}" if editions > 1 else ""
    said = f" ({receipt.message})" if receipt.message else ""
    facts: dict[str, Fact] = {
        "key": receipt.key,
        "object_version": receipt.version_id,
        "outcome": receipt.outcome.value,
        "reason": receipt.reason,
        "message": receipt.message,
        "at": receipt.at.isoformat(),
    }
    return Node(
        kind=NodeKind.FILE,
        id=_file_id(receipt.key, receipt.version_id),
        label=f"{receipt.key}{which}: {receipt.outcome}{said}",
        facts=facts if sha256 is None else {**facts, "sha256": sha256},
    )


def trial_node(run_id: str, trial: TrialResult, *, trials: int) -> Node:
    """Return the trial that was chosen."""
    return Node(
        kind=NodeKind.TRIAL,
        id=f"trial:{run_id}/{trial.index}",
        label=f"trial {trial.index}, best of {trials}: {trial.trainer}, {trial.rounds} rounds,"
        f" {_parameters(trial)}",
        facts={
            "trainer": trial.trainer,
            "score": trial.score,
            "rounds": trial.rounds,
            **{f"parameters.{name}": value for name, value in trial.parameters.items()},
        },
    )


def other_trials_node(run_id: str, trials: tuple[TrialResult, ...]) -> Node:
    """Return the trials that were not chosen, as one."""
    low, high = (f"{of(trial.score for trial in trials):.4g}" for of in (min, max))
    many = "1 other trial" if len(trials) == 1 else f"{len(trials)} other trials"
    scores = f"score {low}" if len(trials) == 1 else f"scores {low} to {high}"
    return Node(
        kind=NodeKind.OTHER_TRIALS,
        id=f"other_trials:{run_id}",
        label=f"{many}, {scores}",
        facts={
            f"trial {trial.index}": f"{trial.trainer}, score {trial.score:.6g}, {_parameters(trial)}"
            for trial in trials
        },
    )


def code_node(sha256: str) -> Node:
    """Return the code of the functions."""
    return Node(
        kind=NodeKind.CODE, id=f"code:{sha256}", label=f"code {sha256[:16]}", facts={"sha256": sha256}
    )


def libraries_node(manifest: Manifest) -> Node:
    """Return the libraries that trained, as one."""
    versions = manifest.library_versions
    listed = "\n".join(f"{name} {number}" for name, number in sorted(versions.items()))
    digest = hashlib.sha256(listed.encode()).hexdigest()
    shown = [name for name in _DECISIVE if name in versions] or list(versions)[:4]
    more = len(versions) - len(shown)
    return Node(
        kind=NodeKind.LIBRARIES,
        id=f"libraries:{digest}",
        label=", ".join(f"{name} {versions[name]}" for name in shown) + (f" and {more} more" if more else ""),
        facts=dict(versions),
    )


def deployment_node(deployment: Deployment, number: int) -> Node:
    """Return the deployment in force, for a version that is in it."""
    entry = next(found for found in deployment.versions if found.version == number)
    return Node(
        kind=NodeKind.DEPLOYMENT,
        id=f"deployment:{deployment.model}/{deployment.generation}",
        label=f"deployment {deployment.generation}: {entry.role} with {entry.weight}% of the traffic",
        facts={
            "generation": deployment.generation,
            "role": entry.role,
            "weight": entry.weight,
            "since": deployment.since.isoformat(),
        },
    )


def prediction_node(prediction_id: str, **facts: Fact) -> Node:
    """Return a prediction."""
    return Node(
        kind=NodeKind.PREDICTION,
        id=f"prediction:{prediction_id}",
        label=f"prediction {prediction_id}",
        facts=facts,
    )


def _file_id(key: str, object_version: str) -> str:
    return f"file:{key}@{object_version}"


def _parameters(trial: TrialResult) -> str:
    shown = (
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in trial.parameters.items()
    )
    return " ".join(shown) or "no parameters"
