from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.evaluation.golden import golden_rows
from tideline.domain.release.deployment import FeatureSignature, Signature
from tideline.errors import TrainingImpossible


def rule(name="x", kind="number", **limits):
    return FeatureSignature(name=name, type=kind, **{"required": True, **limits})


def choose(columns, *rules, raw=None):
    rows = len(next(iter(columns.values())))
    answers = np.linspace(0, 1, rows, dtype=np.float32)[:, None] if raw is None else raw
    promised = Signature(task="regression", classes=None, entity=None, features=rules)
    return golden_rows(promised, sha256="ab", columns=columns, raw=answers)


def numbers(*values):
    return {"x": np.array(values, np.float32)}


def test_twenty_rows_are_spread_over_the_answers():
    found = choose(numbers(*range(1000)), rule())
    assert len(found.instances) == len(found.expected) == 20
    assert (found.expected[0], found.expected[-1]) == ((0.0,), (1.0,))


def test_an_answer_belongs_to_its_row():
    random = np.random.default_rng(0)
    x = random.normal(size=100).astype(np.float32)
    found = choose({"x": x}, rule(), raw=(2 * x)[:, None])
    for instance, (expected,) in zip(found.instances, found.expected, strict=True):
        assert np.float32(2) * np.float32(instance["x"]) == np.float32(expected)


def test_missing_values_are_null():
    columns = numbers(np.nan) | {"city": np.array([""])}
    found = choose(columns, rule(required=False), rule("city", "category", required=False))
    assert found.instances == ({"x": None, "city": None},)


@pytest.mark.parametrize(
    ("columns", "limits"),
    [
        (numbers(np.nan), rule()),
        (numbers(-1), rule(min=0, required=False)),
        (numbers(11), rule(max=10)),
        (numbers(np.inf), rule()),
        ({"x": np.array([""])}, rule(kind="category")),
        ({"x": np.array(["c"])}, rule(kind="category", values=("a", "b"), required=False)),
    ],
)
def test_a_row_that_no_request_could_hold_is_not_chosen(columns, limits):
    with pytest.raises(TrainingImpossible):
        choose(columns, limits)


def test_a_value_on_a_bound_stays_valid_although_float32_rounds_it_up():
    assert float(np.float32(0.1)) > 0.1
    assert choose(numbers(0.1), rule(max=0.1)).instances == ({"x": 0.1},)


def test_a_bound_finer_than_float32_refuses_what_rounds_beyond_it():
    with pytest.raises(TrainingImpossible):
        choose(numbers(0.123456789), rule(max=0.1234567899, min=0.12345679001))


def test_a_bound_beyond_float32_holds_for_every_number():
    assert len(choose(numbers(3e38), rule(max=1e300)).instances) == 1


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.floats(-10, 10), st.floats(-10, 10))
def test_a_chosen_number_is_within_its_bounds_and_reads_back_as_the_same_float32(value, one, other):
    low, high = sorted((one, other))
    try:
        found = choose(numbers(value), rule(min=low, max=high))
    except TrainingImpossible:
        return
    written = json.loads(found.model_dump_json())["instances"][0]["x"]
    assert low <= written <= high
    assert np.float32(written) == np.float32(value)


def test_the_tolerance_grows_with_what_float32_cannot_tell():
    assert choose(numbers(1, 2), rule()).tolerance == 1e-4
    large = choose(numbers(1), rule(), raw=np.array([[250_000.0]], np.float32))
    assert large.tolerance == pytest.approx(25)
