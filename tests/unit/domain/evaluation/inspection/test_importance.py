from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import r2_score

from tests.unit.domain.evaluation.inspection.probing import CLASSES, encoding_of, make_probe
from tideline.domain.evaluation.inspection.importance import permutation_importance

ALL = encoding_of("binary").names


@pytest.mark.parametrize("task", list(CLASSES))
def test_what_a_model_relies_on_comes_first_and_what_it_ignores_drops_nothing(task) -> None:
    found = permutation_importance(make_probe(task), features=ALL, repeats=3, seed=7)
    assert found[0].feature == "strong"
    assert {one.feature for one in found[:3]} == {"strong", "weak", "plan"}
    assert found[0].drop > 2 * found[1].drop > 0
    assert {(one.drop, one.low, one.high) for one in found[3:]} == {(0, 0, 0)}
    assert all(one.low <= one.drop <= one.high and one.repeats == 3 for one in found)


def test_the_drop_is_what_theory_says() -> None:
    # Shuffling x adds twice its variance times its squared weight to the squared errors.
    probe = make_probe("regression", n=20_000)
    found = {one.feature: one for one in permutation_importance(probe, features=ALL, repeats=5, seed=7)}
    spread = probe.y.var()
    assert found["strong"].drop == pytest.approx(2 * 4 / spread, rel=0.05)
    assert found["weak"].drop == pytest.approx(2 * 0.25 / spread, rel=0.1)
    assert r2_score(probe.y, probe.raw[:, 0]) - found["strong"].drop < 0


def test_the_seed_decides_and_so_does_no_other_feature() -> None:
    probe = make_probe("binary")
    everything = permutation_importance(probe, features=ALL, repeats=2, seed=7)
    assert permutation_importance(probe, features=ALL, repeats=2, seed=7) == everything
    assert permutation_importance(probe, features=ALL, repeats=2, seed=8) != everything
    only = permutation_importance(probe, features=["weak"], repeats=2, seed=7)
    assert only == tuple(one for one in everything if one.feature == "weak")


def test_a_metric_that_means_nothing_gives_nothing() -> None:
    probe = make_probe("binary")
    one_class = replace(probe, y=np.ones_like(probe.y))
    assert permutation_importance(one_class, features=ALL, repeats=2, seed=7) == ()
