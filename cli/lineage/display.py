"""A lineage graph for people: a tree on a terminal, lines with tabs elsewhere."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from cli.session import Session
from tideline.domain.lineage.graph import LineageGraph, Node, NodeKind

_STYLES = {
    NodeKind.VERSION: "bold green",
    NodeKind.PREDICTION: "bold",
    NodeKind.FILE: "cyan",
    NodeKind.RUN: "magenta",
}
_HASHES = ("sha256", "artifact_sha256")
# Enough of a hash to tell one from another by eye.
_SHOWN_HASH = 12


def show(session: Session, graph: LineageGraph) -> None:
    """Show a graph from its root on."""
    if session.out.is_terminal:
        session.out.print(_tree(graph), highlight=False)
        return
    parents = {child.id: place for place, below in graph.children().items() for child in below}
    session.lines(
        ["kind", "what", "id", "below"],
        [(node.kind.value, _line(node), node.id, parents.get(node.id, "")) for node in graph.nodes],
    )


def _tree(graph: LineageGraph) -> Tree:
    nodes = {node.id: node for node in graph.nodes}
    children = graph.children()
    root = Tree(_text(nodes[graph.root]))
    waiting = [(root, graph.root)]
    while waiting:
        branch, place = waiting.pop()
        waiting.extend((branch.add(_text(child)), child.id) for child in children[place])
    return root


def _text(node: Node) -> Text:
    text = Text(node.label, style=_STYLES.get(node.kind, ""))
    digest = _digest(node)
    return text.append(f"  sha256 {digest}", style="dim") if digest else text


def _line(node: Node) -> str:
    digest = _digest(node)
    return f"{node.label}; sha256 {digest}" if digest else node.label


def _digest(node: Node) -> str:
    found = next((str(node.facts[name]) for name in _HASHES if name in node.facts), "")
    # Code is labelled by its hash already.
    return "" if node.kind is NodeKind.CODE else found[:_SHOWN_HASH]
