from __future__ import annotations

import numpy as np

from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.training.matrix import encode_matrix


def encoding(*vocabulary: str) -> Encoding:
    return Encoding(
        task="regression",
        features=(
            FeatureEncoding(name="age", type="number"),
            FeatureEncoding(name="plan", type="category", vocabulary=vocabulary),
        ),
    )


def encode(ages: list[float], plans: list[str], *vocabulary: str) -> list[list[float]]:
    columns = {"plan": np.array(plans), "age": np.array(ages, dtype=np.float64)}
    matrix = encode_matrix(columns, encoding(*vocabulary))
    assert matrix.dtype == np.float32
    return matrix.tolist()


def test_a_category_is_its_place_in_the_vocabulary_sorted_or_not() -> None:
    assert encode([1, 2, 3], ["b", "c", "a"], "c", "a", "b") == [[1, 2], [2, 0], [3, 1]]


def test_what_is_missing_or_unseen_is_nan() -> None:
    matrix = encode([np.nan, 2, 3, 4], ["a", "", "zzz", "0"], "a", "b")
    assert np.isnan(matrix[0][0])
    assert matrix[0][1] == 0
    assert np.isnan([row[1] for row in matrix[1:]]).all()


def test_without_a_vocabulary_everything_is_unseen() -> None:
    assert np.isnan(encode([1], ["a"])[0][1])


def test_prefixes_are_not_mistaken_for_each_other() -> None:
    assert np.isnan(encode([1], ["abc"], "ab")[0][1])
    assert np.isnan(encode([1], ["a"], "ab")[0][1])
