"""Lineage as a graph: things, and which of them came of which."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tideline.domain.value import Value

Fact = str | int | float | bool


class NodeKind(StrEnum):
    """What a node stands for; the values are part of the JSON output."""

    PREDICTION = "prediction"
    DEPLOYMENT = "deployment"
    VERSION = "version"
    RUN = "run"
    SPEC = "spec"
    DATA_SET = "data_set"
    BATCH = "batch"
    FILE = "file"
    TRIAL = "trial"
    OTHER_TRIALS = "other_trials"
    CODE = "code"
    LIBRARIES = "libraries"


class Node(Value):
    """One thing.

    Attributes:
        id: The same for the same thing in every graph, such as ``version:churn/3``.
        label: For people, in a few words.
        facts: What is known of it: hashes in full, numbers, names.
    """

    kind: NodeKind
    id: str
    label: str
    facts: dict[str, Fact] = {}


class Edge(Value):
    """`target` came of `source`, or was made with it: edges point the way that data flows."""

    source: str
    target: str
    relation: str


class LineageGraph(Value):
    """Nodes in the order in which they were found from the root, which is what was asked about."""

    root: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def of_kind(self, kind: NodeKind) -> tuple[Node, ...]:
        """Return the nodes of a kind, in order."""
        return tuple(node for node in self.nodes if node.kind is kind)

    def children(self) -> dict[str, tuple[Node, ...]]:
        """Return the graph as a tree: for each node those to show below it.

        A node hangs below the neighbour by which it is nearest to the root, and is shown once.
        """
        below: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        seen, waiting = {self.root}, deque([self.root])
        while waiting:
            here = waiting.popleft()
            for neighbour in self._neighbours(here):
                if neighbour not in seen:
                    seen.add(neighbour)
                    below[here].append(neighbour)
                    waiting.append(neighbour)
        nodes = {node.id: node for node in self.nodes}
        return {place: tuple(nodes[found] for found in names) for place, names in below.items()}

    def to_json(self) -> dict[str, Any]:
        """Return values that JSON knows."""
        return self.model_dump(mode="json")

    def _neighbours(self, place: str) -> list[str]:
        return [
            edge.source if edge.target == place else edge.target
            for edge in self.edges
            if place in (edge.source, edge.target)
        ]


@dataclass
class Tracing:
    """A graph that is being found; what is added twice is there once."""

    root: Node
    _nodes: dict[str, Node] = field(init=False)
    _edges: dict[tuple[str, str, str], Edge] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes = {self.root.id: self.root}

    def came_of(self, target: Node, *sources: Node, relation: str) -> None:
        """Note that `target` came of each of `sources`."""
        for source in sources:
            self._add(source, target, relation=relation, new=(target, source))

    def led_to(self, source: Node, *targets: Node, relation: str) -> None:
        """Note that each of `targets` came of `source`."""
        for target in targets:
            self._add(source, target, relation=relation, new=(source, target))

    def graph(self) -> LineageGraph:
        """Return what was found."""
        return LineageGraph(
            root=self.root.id, nodes=tuple(self._nodes.values()), edges=tuple(self._edges.values())
        )

    def _add(self, source: Node, target: Node, *, relation: str, new: Iterable[Node]) -> None:
        for node in new:
            self._nodes.setdefault(node.id, node)
        edge = Edge(source=source.id, target=target.id, relation=relation)
        self._edges.setdefault((edge.source, edge.target, edge.relation), edge)
