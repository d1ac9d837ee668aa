from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.samples import batch, dropped
from tests.unit.domain.lineage.records import version_records
from tideline.domain.lineage.graph import Node, NodeKind, Tracing
from tideline.domain.lineage.mermaid import to_mermaid
from tideline.domain.lineage.origins import origins_of_version

_NODE = re.compile(r'    n\d+(\[/|\[\(|\[|\(\[|\{\{|\(\()"[^"<>`\\\[\]{}()|]*"(/\]|\)\]|\]|\]\)|\}\}|\)\))')
_EDGE = re.compile(r'    n\d+ -->\|"[a-z ]+"\| n\d+')


def test_a_version_is_drawn_with_arrows_from_the_file_to_it() -> None:
    text = to_mermaid(origins_of_version(version_records([batch(1, obj=dropped("a.csv"))])))

    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    names = {re.sub(r"[^\w/.: ]", "", line.split('"')[1]): line.split('"')[0].strip() for line in lines[1:10]}
    file = next(name for label, name in names.items() if label == "churn/data/a.csv")
    assert f'    {file.strip("[/")} -->|"became"|' in text
    assert lines[-1] == "    style n0 stroke-width:3px"


@given(st.text(), st.sampled_from(NodeKind))
def test_no_label_breaks_out_of_its_line(label: str, kind: NodeKind) -> None:
    tracing = Tracing(Node(kind=kind, id="a", label=label))
    tracing.led_to(
        Node(kind=kind, id="a", label=label), Node(kind=kind, id="b", label=label), relation="became"
    )

    head, first, second, edge, style = to_mermaid(tracing.graph())[:-1].split("\n")

    assert head == "flowchart LR"
    assert _NODE.fullmatch(first)
    assert _NODE.fullmatch(second)
    assert _EDGE.fullmatch(edge)
    assert style == "    style n0 stroke-width:3px"
