"""A lineage graph as a Mermaid flowchart, which GitHub and many wikis draw.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re

from tideline.domain.lineage.graph import LineageGraph, Node, NodeKind

# Quotes end a label, `<` begins markup, `#` an entity, backquotes Markdown: all go in as entities. Line
# ends would end the statement.
_SPECIAL = re.compile(r'["<>&#`\\\[\]{}()|;]')
_SHAPES = {
    NodeKind.FILE: ("[/", "/]"),
    NodeKind.BATCH: ("[(", ")]"),
    NodeKind.DATA_SET: ("[(", ")]"),
    NodeKind.VERSION: ("([", "])"),
    NodeKind.DEPLOYMENT: ("{{", "}}"),
    NodeKind.PREDICTION: ("((", "))"),
}
_PLAIN = ("[", "]")


def to_mermaid(graph: LineageGraph) -> str:
    """Return the flowchart; the same graph gives the same text."""
    names = {node.id: f"n{place}" for place, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    lines += [f"    {names[node.id]}{_shape(node)}" for node in graph.nodes]
    lines += [
        f"    {names[edge.source]} -->|{_text(edge.relation)}| {names[edge.target]}" for edge in graph.edges
    ]
    lines += [f"    style {names[graph.root]} stroke-width:3px"]
    return "\n".join(lines) + "\n"


def _shape(node: Node) -> str:
    before, after = _SHAPES.get(node.kind, _PLAIN)
    return f"{before}{_text(node.label)}{after}"


def _text(text: str) -> str:
    flat = " ".join(text.split())
    return '"' + _SPECIAL.sub(lambda found: f"#{ord(found[0])};", flat) + '"'
