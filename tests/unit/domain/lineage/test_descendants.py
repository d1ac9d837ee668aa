from __future__ import annotations

from tests.fakes.samples import batch, deployment, dropped, receipt, version
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.lineage.descendants import ModelRecords, descendants_of_file
from tideline.domain.lineage.graph import LineageGraph, NodeKind

OLD, NEW = dropped("a.csv", version_id="v1"), dropped("a.csv", version_id="v2")
OTHER, COPY = dropped("b.csv"), dropped("copy.csv")
BROKEN, LATE = dropped("broken.csv"), dropped("late.csv")
KEY = OLD.key

# a.csv, b.csv, then a.csv again: data set versions {1}, {1, 2}, {2, 3}.
BATCHES = [batch(1, obj=OLD), batch(2, obj=OTHER), batch(3, obj=NEW, supersedes=(1,))]
RECORDS = ModelRecords(
    receipts=[
        receipt(OLD, batch=1),
        receipt(OTHER, batch=2),
        receipt(COPY, ObjectOutcome.DUPLICATE, batch=2, message="the same content as b.csv"),
        receipt(BROKEN, ObjectOutcome.QUARANTINED, reason="empty", message="the file is empty"),
        receipt(LATE, ObjectOutcome.SUPERSEDED, reason="superseded", message="a newer edition is there"),
        receipt(NEW, batch=3),
    ],
    batches=BATCHES,
    versions=[
        version(1, dataset_version=1),
        version(2, dataset_version=2),
        version(3, dataset_version=3, run_id="churn-d3-s1"),
    ],
    deployment=deployment(3),
)


def learned(graph: LineageGraph) -> list[str]:
    return [node.id for node in graph.of_kind(NodeKind.VERSION)]


def below(graph: LineageGraph, node_id: str) -> set[str]:
    children, found, waiting = graph.children(), set(), [node_id]
    while waiting:
        for child in children[waiting.pop()]:
            found.add(child.id)
            waiting.append(child.id)
    return found


def test_a_file_leads_to_every_version_that_learned_from_it() -> None:
    graph = descendants_of_file(OTHER.key, RECORDS)

    assert graph.root == "file:churn/data/b.csv@v1"
    assert learned(graph) == ["version:churn/2", "version:churn/3"]
    assert [node.id for node in graph.of_kind(NodeKind.DATA_SET)] == ["data_set:churn/2", "data_set:churn/3"]
    assert [node.facts["generation"] for node in graph.of_kind(NodeKind.DEPLOYMENT)] == [1]


def test_each_edition_of_a_key_leads_to_its_own_versions() -> None:
    graph = descendants_of_file(KEY, RECORDS)

    assert graph.root == f"file:{KEY}"
    assert {"version:churn/1", "version:churn/2"} <= below(graph, f"file:{KEY}@v1")
    assert "version:churn/3" not in below(graph, f"file:{KEY}@v1")
    assert "version:churn/3" in below(graph, f"file:{KEY}@v2")
    first = next(node for node in graph.of_kind(NodeKind.BATCH) if node.id == "batch:churn/1")
    assert first.facts["replaced_by"] == 3
    assert "replaced by batch 3" in first.label
    assert "edition 2 of 2" in next(n for n in graph.nodes if n.id == f"file:{KEY}@v2").label


def test_a_duplicate_leads_to_the_batch_that_holds_its_content() -> None:
    graph = descendants_of_file(COPY.key, RECORDS)

    relations = {(edge.source, edge.target): edge.relation for edge in graph.edges}
    assert relations[f"file:{COPY.key}@v1", "batch:churn/2"] == "has the content of"
    assert relations[f"file:{OTHER.key}@v1", "batch:churn/2"] == "became"
    assert learned(graph) == ["version:churn/2", "version:churn/3"]


def test_what_was_not_taken_led_to_nothing_and_says_why() -> None:
    for key, why in ((BROKEN.key, "the file is empty"), (LATE.key, "a newer edition is there")):
        (alone,) = descendants_of_file(key, RECORDS).nodes
        assert why in alone.label
        assert alone.facts["outcome"] in ("quarantined", "superseded")


def test_data_that_nothing_was_trained_on_ends_at_its_batch() -> None:
    untrained = ModelRecords(receipts=RECORDS.receipts, batches=BATCHES, versions=[], deployment=None)
    graph = descendants_of_file(OTHER.key, untrained)

    assert [node.kind for node in graph.nodes] == ["file", "batch"]


def test_a_key_under_which_nothing_was_dropped_says_so() -> None:
    (alone,) = descendants_of_file("churn/data/nope.csv", RECORDS).nodes

    assert alone.label == "churn/data/nope.csv: never dropped"
