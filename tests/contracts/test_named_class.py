"""One rule, three places: the gate judges the classes that serving and an export name, ties included."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.export.predict import _named
from tests.unit.serving.samples import signature
from tideline.domain.contract.spec import FairnessSpec
from tideline.domain.evaluation.groups.group_rates import measure_fairness
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.serving.answers import interpret

# Halves and their neighbours, as float32 has them.
_HALF = np.float32(0.5)
_NEAR = [_HALF, np.nextafter(_HALF, np.float32(0)), np.nextafter(_HALF, np.float32(1)), np.float32(0.25)]
_ANYTHING = st.sampled_from(_NEAR) | st.floats(0, 1, width=32)


@pytest.mark.parametrize(("task", "columns"), [("binary", 2), ("multiclass", 3)])
@given(data=st.data())
def test_the_gate_judges_the_class_that_is_answered(
    task: Literal["binary", "multiclass"], columns: int, data: st.DataObject
) -> None:
    row = data.draw(st.lists(_ANYTHING, min_size=columns, max_size=columns))
    raw = np.array([row], dtype=np.float32)
    promised = signature(task)
    assert promised.classes
    [judged] = named_class(task, raw)
    [answered] = interpret(raw.tolist(), ids=["1"], signature=promised)
    exported = _named(raw[0].tolist(), {"task": task, "classes": promised.classes})
    assert answered.value == exported["value"] == promised.classes[judged]


def test_metrics_and_fairness_take_a_tie_as_positive() -> None:
    raw = np.full((80, 2), 0.5, dtype=np.float32)
    y = np.ones(80)
    found = metric_statistics("binary", y=y, raw=raw)
    assert [evaluate(found[name], rows=80) for name in ("accuracy", "f1")] == [1, 1]
    finding = measure_fairness(
        "binary",
        y=y,
        raw=raw,
        columns={"sex": np.repeat(["a", "b"], 40)},
        rules=FairnessSpec(attributes=("sex",)),
        confidence=0.95,
    )[0]
    assert [group.rate.estimate for group in finding.groups if group.rate] == [1, 1]
