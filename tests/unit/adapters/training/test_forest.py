from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from tideline.adapters.training.forest import read_forest


def _text(matrix, target, **parameters) -> str:
    settings = {"objective": "regression", "verbosity": -1, "min_data_in_leaf": 5, **parameters}
    rows = lightgbm.Dataset(matrix, target, categorical_feature=[0])
    return lightgbm.train(settings, rows, num_boost_round=3).model_to_string()


def _rows():
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.integers(0, 70, 2000), random.normal(size=2000)])
    return matrix, (matrix[:, 0] % 7 == 3) * 5 + matrix[:, 1]


def test_leaves_are_centred_and_their_means_are_the_offset() -> None:
    forest = read_forest(_text(*_rows()))
    assert len(forest.trees) == 3
    for _, tree in forest.trees:
        assert abs(tree.leaves.mean()) < 1e-12
    assert forest.offsets.shape == (1,)


def test_members_are_the_codes_of_the_set_beyond_the_first_word_too() -> None:
    forest = read_forest(_text(*_rows(), num_leaves=2))
    (members,) = forest.trees[0][1].members
    fives = np.arange(3, 70, 7)
    others = np.setdiff1d(np.arange(70), fives)
    assert set(members) <= set(fives) or set(members) <= set(others)
    assert max(members) > 31


def test_a_model_that_takes_zero_for_missing_is_refused() -> None:
    matrix, target = _rows()
    matrix[:500, 1] = 0
    with pytest.raises(ValueError, match="zero for missing"):
        read_forest(_text(matrix, target, zero_as_missing=True))
