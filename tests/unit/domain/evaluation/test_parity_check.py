from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.evaluation.parity_check import check_parity
from tideline.errors import ParityBroken


def test_the_largest_difference_is_reported():
    native = np.array([[0.2, 0.8], [0.5, 0.5]])
    off = np.array([[0, 5e-5], [0, 0]])
    found = check_parity((native + off).astype(np.float32), native)
    assert found.largest_difference == pytest.approx(5e-5, rel=1e-2)
    assert (found.allowed, found.rows) == (1e-4, 2)


def test_one_row_beyond_the_tolerance_breaks_parity():
    native = np.full((1000, 1), 0.5)
    artifact = native.copy()
    artifact[17] += 2e-4
    with pytest.raises(ParityBroken) as caught:
        check_parity(artifact, native)
    assert caught.value.largest_difference == pytest.approx(2e-4)


def test_large_values_are_held_to_what_float32_can_tell():
    native = np.array([[212_345.678]])
    assert check_parity(native.astype(np.float32), native).largest_difference < 1e-7
    with pytest.raises(ParityBroken):
        check_parity(native * 1.001, native)


@pytest.mark.parametrize("artifact", [np.zeros((2, 1)), np.full((1, 1), np.nan)], ids=["shape", "nan"])
def test_other_shapes_and_values_that_are_no_numbers_break_parity(artifact):
    with pytest.raises(ParityBroken):
        check_parity(artifact, np.zeros((1, 1)))
