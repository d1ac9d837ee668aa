"""From a version, or a prediction of it, back to everything that it came of."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.lineage import nodes
from tideline.domain.lineage.graph import LineageGraph, Node, Tracing
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.manifest import Manifest
from tideline.domain.release.version import ModelVersion
from tideline.domain.training.run import Run


@dataclass(frozen=True, kw_only=True)
class VersionRecords:
    """What is recorded of a version.

    Attributes:
        run: None where its record is gone.
        deployment: The one in force, whether or not the version is in it.
    """

    version: ModelVersion
    manifest: Manifest
    spec: ModelSpec
    run: Run | None
    deployment: Deployment | None


def origins_of_version(records: VersionRecords, *, prediction: Node | None = None) -> LineageGraph:
    """Return what a version came of, and whether it is deployed.

    Args:
        records: Of the version.
        prediction: One that the version answered, which is what was asked about then.
    """
    manifest, version = records.manifest, nodes.version_node(records.version)
    tracing = Tracing(version if prediction is None else prediction)
    if prediction is not None:
        tracing.came_of(prediction, version, relation="answered")
    run = nodes.run_node(manifest.run_id, records.run)
    tracing.came_of(version, run, relation="made")
    tracing.came_of(
        run, nodes.spec_node(manifest.model, manifest.spec_version, records.spec), relation="ordered"
    )
    _trace_data(tracing, manifest, run)
    _trace_trials(tracing, manifest, run)
    tracing.came_of(run, nodes.code_node(manifest.code_sha256), relation="ran in")
    if manifest.library_versions:
        tracing.came_of(run, nodes.libraries_node(manifest), relation="computed in")
    _trace_deployment(tracing, records, version)
    return tracing.graph()


def _trace_data(tracing: Tracing, manifest: Manifest, run: Node) -> None:
    data_set = nodes.data_set_node(
        manifest.model,
        manifest.dataset_version,
        sha256=manifest.dataset_sha256,
        rows=sum(batch.rows for batch in manifest.batches),
        batches=len(manifest.batches),
    )
    tracing.came_of(run, data_set, relation="was learned by")
    for batch in manifest.batches:
        node = nodes.batch_node(manifest.model, batch)
        tracing.came_of(data_set, node, relation="is part of")
        tracing.came_of(node, nodes.source_node(batch), relation="became")


def _trace_trials(tracing: Tracing, manifest: Manifest, run: Node) -> None:
    if not manifest.trials:
        return
    best, *others = manifest.trials
    chosen = nodes.trial_node(manifest.run_id, best, trials=len(manifest.trials))
    tracing.came_of(run, chosen, relation="gave its parameters to")
    if others:
        rest = nodes.other_trials_node(manifest.run_id, tuple(others))
        tracing.came_of(run, rest, relation="were tried by")


def _trace_deployment(tracing: Tracing, records: VersionRecords, version: Node) -> None:
    deployment, number = records.deployment, records.version.number
    if deployment is not None and any(entry.version == number for entry in deployment.versions):
        tracing.led_to(version, nodes.deployment_node(deployment, number), relation="answers in")
