from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.capture import call
from tideline.domain.prediction_log import COLUMNS, LoggedCall
from tideline.domain.prediction_rows import content_name, identity, rows


def rows_of(**changes: Any) -> list[dict[str, Any]]:
    return list(rows(LoggedCall.model_validate(call(1, **changes))))


def with_features(features: dict[str, Any]) -> dict[str, Any]:
    (row,) = rows_of(predictions=[{"prediction_id": "p", "features": features}])
    return row


def test_a_prediction_is_a_row_of_the_table() -> None:
    (row,) = rows_of(key="k", release_id="rel", step=3, instead_of=2)

    assert row.keys() == COLUMNS.keys()
    assert (row["caller"], row["release_id"], row["step"], row["instead_of"]) == ("k", "rel", 3, 2)
    assert row["numbers"] == {"age": 1.0}
    assert row["categories"] == {"plan": "plan-1", "old": "true"}
    assert (row["label"], row["value"]) == ("yes", None)


def test_a_regression_has_a_value_and_no_label() -> None:
    (row,) = rows_of(predictions=[{"prediction_id": "p", "features": {}, "value": 2.5}])

    assert (row["label"], row["value"], row["probabilities"]) == (None, 2.5, None)


def test_a_call_that_failed_is_one_row_under_its_requests_id() -> None:
    (row,) = rows_of(predictions=[], error="ModelUnavailable", version=4)

    assert identity(row) == ("r1/4", 4)
    assert row["error"] == "ModelUnavailable"
    assert row.keys() < COLUMNS.keys()


def test_a_call_cut_into_lines_keeps_the_places_of_its_instances() -> None:
    whole = call(1, rows=5)
    second = rows_of(predictions=whole["predictions"][3:])

    assert [row["position"] for row in second] == [3, 4]


def test_ids_of_others_are_counted_by_line() -> None:
    found = rows_of(predictions=[{"prediction_id": name, "features": {}} for name in ("a", "b")])

    assert [row["position"] for row in found] == [0, 1]


def test_features_are_parted_by_their_type_and_nothing_is_lost() -> None:
    row = with_features({"n": 1, "f": 0.5, "t": "x", "b": False, "none": None, "huge": 10**400, "l": [1]})

    assert row["numbers"] == {"n": 1, "f": 0.5}
    assert row["categories"] == {"t": "x", "b": "false", "huge": "1" + "0" * 400, "l": "[1]"}


identities = st.lists(st.tuples(st.text(max_size=2), st.integers(0, 3)), unique=True, max_size=3).map(sorted)


@given(identities, identities)
def test_files_have_one_name_exactly_if_they_hold_the_same_rows(
    one: list[tuple[str, int]], other: list[tuple[str, int]]
) -> None:
    assert (content_name(one) == content_name(other)) == (one == other)
    assert content_name(one).endswith(".parquet")
