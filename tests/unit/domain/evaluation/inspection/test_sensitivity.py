from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.domain.evaluation.inspection.probing import CLASSES, encoding_of, make_probe
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.inspection.sensitivity import sensitivities


@pytest.mark.parametrize("task", list(CLASSES))
def test_every_feature_is_taken_away_and_every_category_replaced(task) -> None:
    encoding = encoding_of(task)
    found = sensitivities(make_probe(task), encoding=encoding, features=encoding.names)
    assert [(one.feature, one.kind) for one in found] == [
        *((name, "missing") for name in encoding.names),
        ("plan", "unseen"),
    ]
    by = {(one.feature, one.kind): one for one in found}
    assert by["strong", "missing"].mean_change > by["weak", "missing"].mean_change > 0
    assert by["strong", "missing"].drop > 0
    for name in ("noise", "all missing"):
        assert (by[name, "missing"].mean_change, by[name, "missing"].drop) == (0, 0)


def test_the_change_is_in_units_of_the_answer() -> None:
    encoding = encoding_of("regression")
    probe = make_probe("regression")
    found = sensitivities(probe, encoding=encoding, features=["strong", "plan"])
    by = {(one.feature, one.kind): one.mean_change for one in found}
    assert by["strong", "missing"] == pytest.approx(np.abs(2 * probe.columns["strong"]).mean(), rel=1e-4)
    assert by["plan", "unseen"] == pytest.approx(4.5, abs=0.05)


def test_the_unseen_text_is_in_no_vocabulary() -> None:
    words = ("?", "??", "???")
    encoding = Encoding(
        task="regression", features=(FeatureEncoding(name="plan", type="category", vocabulary=words),)
    )
    asked = []
    probe = make_probe("regression", n=10)
    probe = replace(probe, predict=lambda columns: asked.append(columns["plan"]) or probe.raw)
    sensitivities(probe, encoding=encoding, features=["plan"])
    assert [set(values.tolist()) for values in asked] == [{""}, {"????"}]


def test_a_metric_that_means_nothing_has_no_drop_but_a_change() -> None:
    probe = make_probe("binary")
    one_class = replace(probe, y=np.ones_like(probe.y))
    (found,) = sensitivities(one_class, encoding=encoding_of("binary"), features=["strong"])
    assert found.drop is None
    assert found.mean_change > 0
