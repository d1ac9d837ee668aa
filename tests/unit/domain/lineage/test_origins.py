from __future__ import annotations

from tests.fakes.samples import batch, deployment, dropped, sha, spec
from tests.unit.domain.lineage.records import manifest, trial, version_records
from tideline.domain.lineage.graph import LineageGraph, NodeKind
from tideline.domain.lineage.nodes import prediction_node
from tideline.domain.lineage.origins import origins_of_version

BATCHES = [batch(1, obj=dropped("a.csv")), batch(2, obj=dropped("b.csv", version_id="v9"))]


def path(graph: LineageGraph, kind: NodeKind) -> list[NodeKind]:
    """Return the kinds from the root down to the first node of a kind."""
    children = graph.children()
    parents = {child.id: place for place, below in children.items() for child in below}
    kinds = {node.id: node.kind for node in graph.nodes}
    here = graph.of_kind(kind)[0].id
    found = [kinds[here]]
    while here in parents:
        here = parents[here]
        found.insert(0, kinds[here])
    return found


def test_a_version_leads_back_to_every_dropped_object() -> None:
    graph = origins_of_version(version_records(BATCHES))

    assert path(graph, NodeKind.FILE) == ["version", "run", "data_set", "batch", "file"]
    assert [
        (node.facts["key"], node.facts["object_version"], node.facts["sha256"])
        for node in graph.of_kind(NodeKind.FILE)
    ] == [
        ("churn/data/a.csv", "v1", sha("content 1")),
        ("churn/data/b.csv", "v9", sha("content 2")),
    ]


def test_a_version_leads_back_to_spec_trials_code_and_libraries() -> None:
    graph = origins_of_version(version_records(BATCHES))
    (chosen,), (others,) = graph.of_kind(NodeKind.TRIAL), graph.of_kind(NodeKind.OTHER_TRIALS)

    assert graph.of_kind(NodeKind.SPEC)[0].facts["sha256"] == spec().sha256
    assert (chosen.facts["score"], chosen.facts["parameters.l2"]) == (0.9, 0.123456)
    assert "best of 3" in chosen.label
    assert list(others.facts) == ["trial 0", "trial 2"]
    assert graph.of_kind(NodeKind.CODE)[0].facts["sha256"] == sha("code")
    assert graph.of_kind(NodeKind.LIBRARIES)[0].facts == {"numpy": "2", "onnx": "1"}
    assert "asked for by alice" in graph.of_kind(NodeKind.RUN)[0].label


def test_one_other_trial_has_one_score() -> None:
    two = manifest(BATCHES, trials=(trial(0, 0.9), trial(1, 0.5)))
    (others,) = origins_of_version(version_records(BATCHES, manifest=two)).of_kind(NodeKind.OTHER_TRIALS)

    assert others.label == "1 other trial, score 0.5"


def test_edges_point_the_way_that_data_flows() -> None:
    graph = origins_of_version(version_records(BATCHES))
    flows = {(edge.source.partition(":")[0], edge.target.partition(":")[0]) for edge in graph.edges}

    assert {("file", "batch"), ("batch", "data_set"), ("data_set", "run"), ("run", "version")} <= flows
    assert ("version", "deployment") in flows


def test_only_a_version_that_answers_has_a_deployment() -> None:
    retired = origins_of_version(version_records(BATCHES, deployment=deployment(2)))
    never = origins_of_version(version_records(BATCHES, deployment=None))

    assert retired.of_kind(NodeKind.DEPLOYMENT) == never.of_kind(NodeKind.DEPLOYMENT) == ()


def test_a_prediction_leads_back_through_its_version() -> None:
    asked = prediction_node("0193", role="champion")
    graph = origins_of_version(version_records(BATCHES), prediction=asked)

    assert graph.root == asked.id
    assert path(graph, NodeKind.FILE)[:3] == ["prediction", "version", "run"]


def test_what_is_not_recorded_is_left_out() -> None:
    bare = manifest(BATCHES, trials=(), library_versions={})
    graph = origins_of_version(version_records(BATCHES, manifest=bare, run=None))

    assert graph.of_kind(NodeKind.TRIAL) == graph.of_kind(NodeKind.OTHER_TRIALS) == ()
    assert graph.of_kind(NodeKind.LIBRARIES) == ()
    assert graph.of_kind(NodeKind.RUN)[0].label == "run churn-d1-s1"


def test_a_window_is_told_for_it_leaves_rows_out() -> None:
    windowed = spec(training={"window": {"last_rows": 500}})
    (node,) = origins_of_version(version_records(BATCHES, spec=windowed)).of_kind(NodeKind.SPEC)

    assert node.facts["window"] == "last_rows 500"


def test_the_same_records_give_the_same_graph() -> None:
    assert origins_of_version(version_records(BATCHES)) == origins_of_version(version_records(BATCHES))
