from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.evaluation.groups import slicing
from tideline.domain.evaluation.groups.slicing import label, slice_rows


def names(found):
    return [cut.name for cut in found.slices]


def test_a_category_is_cut_by_its_values_and_missing_is_one():
    found = slice_rows({"sex": np.array(["F", "M", "", "M"])}, ["sex"], min_rows=1)
    assert {cut.name: cut.rows.tolist() for cut in found.slices} == {
        "sex = M": [1, 3],
        "sex = F": [0],
        "sex is missing": [2],
    }
    assert [cut.where for cut in found.slices if "missing" in cut.name] == [{"sex": ""}]


def test_a_number_is_cut_at_its_quartiles_by_what_is_there():
    ages = np.array([*range(20, 60), np.nan, np.nan], dtype=np.float32)
    found = slice_rows({"age": ages}, ["age"], min_rows=1)
    assert {cut.name: len(cut.rows) for cut in found.slices} == {
        "age 20 to 29": 10,
        "age 30 to 39": 10,
        "age 40 to 49": 10,
        "age 50 to 59": 10,
        "age is missing": 2,
    }


def test_a_number_of_few_values_is_cut_by_them():
    found = label("flag", np.array([0, 1, 1, 0.5], dtype=np.float32))
    assert found.names == ("flag = 0", "flag = 0.5", "flag = 1")


def test_a_number_that_is_mostly_one_value_has_fewer_ranges():
    gain = np.array([0.0] * 90 + list(range(1, 11)))
    assert label("gain", gain).names == ("gain = 0", "gain 1 to 10")


def test_a_number_that_is_nowhere_is_missing():
    assert label("age", np.full(3, np.nan)).names == ("age is missing",)


def test_pairs_are_cut_too_and_name_both():
    columns = {"sex": np.array(list("FFMM")), "plan": np.array(list("abab"))}
    found = slice_rows(columns, ["sex", "plan"], min_rows=1)
    assert "sex = F, plan = a" in names(found)
    assert {tuple(cut.where.items()) for cut in found.slices if len(cut.where) == 2} == {
        (("sex", sex), ("plan", plan)) for sex in "FM" for plan in "ab"
    }
    assert len(found.slices) == 8


def test_a_pair_that_is_one_of_its_values_again_is_not_taken_twice():
    columns = {"role": np.array(["wife", "wife", "other", "other"]), "sex": np.array(list("FFFM"))}
    assert sorted(names(slice_rows(columns, ["role", "sex"], min_rows=1))) == [
        "role = other",
        "role = other, sex = F",
        "role = wife",
        "sex = F",
        "sex = M",
    ]


def test_small_slices_are_counted_and_of_many_the_largest_are_taken(monkeypatch):
    monkeypatch.setattr(slicing, "MAX_SLICES", 2)
    found = slice_rows({"k": np.array(list("aaaabbbccd"))}, ["k"], min_rows=2)
    assert names(found) == ["k = a", "k = b"]
    assert (found.too_small, found.left_out) == (1, 1)


def test_a_feature_named_twice_is_cut_once():
    assert len(slice_rows({"k": np.array(list("ab"))}, ["k", "k"], min_rows=1).slices) == 2


@given(st.lists(st.sampled_from([*range(12), None]), min_size=1, max_size=60))
def test_every_row_is_in_exactly_one_range_and_ranges_do_not_overlap(values):
    column = np.array([np.nan if value is None else value for value in values], dtype=np.float32)
    found = label("x", column)
    assert len(found.texts) == len(found.names) <= 5
    for code, text in enumerate(found.texts):
        inside = column[found.codes == code]
        assert len(inside)
        if not text:
            assert np.isnan(inside).all()
            continue
        low, high = (float(bound) for bound in (text.split(" to ") * 2)[:2])
        assert ((column >= low) & (column <= high)).sum() == len(inside)
