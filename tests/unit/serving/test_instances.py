from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.serving.samples import AGE, CITY, FEATURES, GOOD, INCOME, PLAN, signature
from tideline.serving.deployment import MAX_NUMBER, Feature
from tideline.serving.faults import Faults, InvalidInstances
from tideline.serving.instances import InstanceReader

_READER = InstanceReader(signature())
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=10),
    st.sampled_from(["gold", "basic", "", "\0"]),
    st.lists(st.integers(), max_size=1),
)
_INSTANCES = st.dictionaries(
    st.sampled_from(["age", "income", "plan", "city", "customer", "other"]), _VALUES, max_size=6
)


def _faults(**instance: Any) -> dict[str, str]:
    with pytest.raises(InvalidInstances) as caught:
        _READER.read([GOOD, GOOD | instance])
    assert {fault.instance for fault in caught.value.faults} == {1}
    return {fault.field: fault.reason for fault in caught.value.faults}


def test_a_good_instance_becomes_numbers_and_texts() -> None:
    assert _READER.read([GOOD]) == [([40, 1200.5], ["gold", "Oslo"])]
    assert (_READER.numbers, _READER.texts) == (("age", "income"), ("plan", "city"))


def test_what_is_not_required_may_be_null_empty_or_left_out() -> None:
    for instance in (
        {"age": 40, "plan": "gold"},
        GOOD | {"income": None, "city": None},
        {"age": 40, "plan": "gold", "city": ""},
    ):
        [(numbers, texts)] = _READER.read([instance])
        assert numbers[0] == 40
        assert math.isnan(numbers[1])
        assert texts == ["gold", ""]


def test_the_entity_and_the_time_may_come_along() -> None:
    timed = InstanceReader(msgspec.structs.replace(signature(), time="day"))
    assert timed.read([GOOD | {"customer": "c-1", "day": "2026-01-01"}]) == _READER.read([GOOD])
    assert "day" in _faults(day="2026-01-01")


def test_categories_may_be_booleans_and_whole_numbers() -> None:
    [(_, texts)] = _READER.read([GOOD | {"city": True}])
    assert texts == ["gold", "true"]
    [(_, texts)] = _READER.read([GOOD | {"city": -7}])
    assert texts == ["gold", "-7"]


def test_unseen_categories_are_accepted_where_the_spec_lists_none() -> None:
    assert _READER.read([GOOD | {"city": "Atlantis"}])[0][1][1] == "Atlantis"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("age", True, "must be a number, not true or false"),
        ("age", "NaN", "must be a number, not a text"),
        ("age", "40", "must be a number, not a text"),
        ("age", [40], "must be a number, not an array"),
        ("age", {"is": 40}, "must be a number, not an object"),
        ("age", None, "is required and must not be null or empty"),
        ("age", -1, "-1 is below the minimum 0"),
        ("age", 120.5, "120.5 is above the maximum 120"),
        ("income", 1e39, "1e+39 is too large for a 32 bit float"),
        ("income", -(10**400), f"-1{'0' * 62}... is too large for a 32 bit float"),
        ("plan", "silver", "'silver' is not one of 'basic', 'gold'"),
        ("plan", "", "is required and must not be null or empty"),
        ("plan", 1.5, "must be a text, true, false or a whole number, not a number"),
        ("city", "a\0b", "must not contain the character NUL"),
        ("city", [], "must be a text, true, false or a whole number, not an array"),
        ("shoe_size", 1, "the model has no such feature"),
    ],
)
def test_a_fault_names_field_and_reason(field: str, value: object, reason: str) -> None:
    assert _faults(**{field: value}) == {field: reason}


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(InvalidInstances, match="instance 0, 'plan': is required but missing"):
        _READER.read([{"age": 40}])


def test_bounds_are_inclusive() -> None:
    assert _READER.read([GOOD | {"age": 0}, GOOD | {"age": 120}])
    assert _READER.read([GOOD | {"income": MAX_NUMBER}, GOOD | {"income": -MAX_NUMBER}])


def test_every_fault_is_counted_and_twenty_are_told() -> None:
    with pytest.raises(InvalidInstances) as caught:
        _READER.read([{"age": "x", "plan": 1.5}] * 30)
    assert (len(caught.value.faults), caught.value.total) == (20, 60)
    assert "and 59 more faults" in str(caught.value)


def test_long_values_and_lists_are_cut() -> None:
    many = Feature("plan", "category", required=True, values=tuple(map(str, range(50))))
    with pytest.raises(InvalidInstances) as caught:
        InstanceReader(signature(features=[many])).read([{"plan": "y" * 500}])
    assert len(caught.value.faults[0].reason) < 200
    assert caught.value.faults[0].reason.endswith(", ...")


@pytest.mark.parametrize("features", [(), (AGE,), (PLAN,), (INCOME, CITY), FEATURES])
def test_any_number_of_features_is_read(features: tuple[Feature, ...]) -> None:
    reader = InstanceReader(signature(features=features))
    names = [feature.name for feature in features]
    [(numbers, texts)] = reader.read([{name: GOOD[name] for name in names}])
    assert len(numbers) + len(texts) == len(features)


@given(_INSTANCES)
def test_the_short_way_agrees_with_the_careful_one(instance: dict[str, Any]) -> None:
    careful, short = Faults(), Faults()
    expected = _READER._careful_row(instance, 0, careful)
    assert repr(_READER._row(instance, 0, short)) == repr(expected)
    assert short._told == careful._told


@given(st.lists(_INSTANCES, min_size=1, max_size=3))
def test_what_is_accepted_is_finite_or_missing_and_within_bounds(instances: list[dict[str, Any]]) -> None:
    try:
        rows = _READER.read(instances)
    except InvalidInstances:
        return
    for (age, income), (plan, city) in rows:
        assert 0 <= age <= 120
        assert math.isnan(income) or abs(income) <= MAX_NUMBER
        assert plan in {"basic", "gold"}
        assert "\0" not in city
