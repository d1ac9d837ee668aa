from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.lineage.graph import LineageGraph, Node, NodeKind, Tracing


def node(place: int) -> Node:
    return Node(kind=NodeKind.BATCH, id=f"n{place}", label=f"node {place}")


links = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20)


def traced(pairs: list[tuple[int, int]]) -> LineageGraph:
    """Trace pairs outwards from node 0, as builders do: each begins at a node that is there already."""
    tracing, there = Tracing(node(0)), {0}
    for here, other in pairs:
        if here in there:
            (tracing.came_of if other % 2 else tracing.led_to)(node(here), node(other), relation="r")
            there.add(other)
    return tracing.graph()


@given(links)
def test_every_node_hangs_below_the_root_exactly_once(pairs: list[tuple[int, int]]) -> None:
    graph = traced(pairs)
    children = [child.id for below in graph.children().values() for child in below]

    assert sorted([graph.root, *children]) == sorted(node.id for node in graph.nodes)


@given(links)
def test_what_is_traced_twice_is_there_once(pairs: list[tuple[int, int]]) -> None:
    assert traced(pairs + pairs).edges[: len(traced(pairs).edges)] == traced(pairs).edges
    assert len({node.id for node in traced(pairs + pairs).nodes}) == len(traced(pairs + pairs).nodes)


@given(links)
def test_json_gives_the_graph_back(pairs: list[tuple[int, int]]) -> None:
    graph = traced(pairs)

    assert LineageGraph.model_validate(json.loads(json.dumps(graph.to_json()))) == graph


def test_a_node_hangs_where_it_is_nearest_to_the_root() -> None:
    graph = traced([(0, 1), (1, 2), (2, 3), (0, 3)])

    assert {child.id for child in graph.children()["n0"]} == {"n1", "n3"}
