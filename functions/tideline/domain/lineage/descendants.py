"""From a dropped file on to every version that learned from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tideline.domain.intake.dataset import Batch, active_batches, dataset_sha256
from tideline.domain.intake.dropped_object import ObjectReceipt
from tideline.domain.lineage import nodes
from tideline.domain.lineage.graph import LineageGraph, Node, NodeKind, Tracing
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.version import ModelVersion


@dataclass(frozen=True, kw_only=True)
class ModelRecords:
    """What is recorded of a model's data and versions, oldest first."""

    receipts: Sequence[ObjectReceipt]
    batches: Sequence[Batch]
    versions: Sequence[ModelVersion]
    deployment: Deployment | None


def descendants_of_file(key: str, records: ModelRecords) -> LineageGraph:
    """Return what became of everything that was ever dropped under a key.

    Each edition has its own answer: quarantined and superseded ones led to nothing; a duplicate leads to
    the batch that holds the same content, whoever dropped it first. A data set version is named where a
    version was trained on it.
    """
    editions = [receipt for receipt in records.receipts if receipt.key == key]
    root = Node(kind=NodeKind.FILE, id=f"file:{key}", label=_heading(key, len(editions)))
    numbers = {batch.number: batch for batch in records.batches}
    if len(editions) == 1:
        root = _dropped(editions[0], 1, 1, numbers)
    tracing = Tracing(root)
    for place, receipt in enumerate(editions, start=1):
        node = _dropped(receipt, place, len(editions), numbers)
        if node.id != root.id:
            tracing.led_to(root, node, relation="is")
        batch = numbers.get(receipt.batch or 0)
        if batch is not None:
            _trace_batch(tracing, node, batch, receipt, records)
    return tracing.graph()


def _heading(key: str, editions: int) -> str:
    return f"{key}: dropped {editions} times" if editions else f"{key}: never dropped"


def _dropped(receipt: ObjectReceipt, place: int, editions: int, numbers: dict[int, Batch]) -> Node:
    batch = numbers.get(receipt.batch or 0)
    sha256 = None if batch is None else batch.source_sha256
    return nodes.dropped_node(receipt, editions=editions, edition=place, sha256=sha256)


def _trace_batch(
    tracing: Tracing, file: Node, batch: Batch, receipt: ObjectReceipt, records: ModelRecords
) -> None:
    own = (batch.object_key, batch.object_version) == (receipt.key, receipt.version_id)
    node = _batch_node(batch, records)
    tracing.led_to(file, node, relation="became" if own else "has the content of")
    if not own:
        tracing.came_of(node, nodes.source_node(batch), relation="became")
    for version in _learners(batch, records):
        data_set = _data_set(version, records)
        tracing.led_to(node, data_set, relation="is part of")
        learner = nodes.version_node(version)
        tracing.led_to(data_set, learner, relation="was learned by")
        deployment = records.deployment
        if deployment is not None and any(e.version == version.number for e in deployment.versions):
            tracing.led_to(learner, nodes.deployment_node(deployment, version.number), relation="answers in")


def _batch_node(batch: Batch, records: ModelRecords) -> Node:
    replaced_by = next((later.number for later in records.batches if batch.number in later.supersedes), None)
    node = nodes.batch_node(batch.model, batch)
    if replaced_by is None:
        return node
    return node.model_copy(
        update={
            "label": f"{node.label}, replaced by batch {replaced_by}",
            "facts": {**node.facts, "replaced_by": replaced_by},
        }
    )


def _learners(batch: Batch, records: ModelRecords) -> Iterator[ModelVersion]:
    for version in records.versions:
        if batch in active_batches(records.batches, version=version.dataset_version):
            yield version


def _data_set(version: ModelVersion, records: ModelRecords) -> Node:
    active = active_batches(records.batches, version=version.dataset_version)
    return nodes.data_set_node(
        version.model,
        version.dataset_version,
        sha256=dataset_sha256(active),
        rows=sum(batch.rows for batch in active),
        batches=len(active),
    )
