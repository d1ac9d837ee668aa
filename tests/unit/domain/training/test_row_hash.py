from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tideline.domain.training.row_hash import KeyColumn, is_held_out, is_validation, row_digest, row_id

COLUMNS = (
    KeyColumn(name="size", type="number"),
    KeyColumn(name="place", type="category"),
    KeyColumn(name="at", type="time"),
)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
ROWS = st.tuples(
    st.none() | FLOATS,
    st.none() | st.text(st.characters(codec="utf-8")),
    st.none() | st.integers(-(2**40), 2**40),
)


# Held holdouts depend on these digests: a change here would let holdout rows of old train new versions.
@pytest.mark.parametrize(
    ("row", "digest"),
    [
        (
            (0.1, "Öland", 1_577_836_800_000_000),
            "c1e14a18117b9149a04158b52c9098400ae2ea44fbc0cb2e1270e48352310b09",
        ),
        ((-0.0, "", None), "a4afa12f6c5af61d1bc956b2016cc181bf746d4fa774e665253c02135e471540"),
        ((None, "1;2", -1), "2158439cdc2a4e4bd10d003be1fd0278ed169b4ebdbb555ab0f3215d1e5cf1c3"),
    ],
)
def test_digests_are_frozen(row: tuple[float | None, str, int | None], digest: str) -> None:
    assert row_digest(row, COLUMNS) == digest


@given(ROWS, ROWS)
def test_different_rows_have_different_digests(
    one: tuple[float | None, str | None, int | None], other: tuple[float | None, str | None, int | None]
) -> None:
    def alike(row: tuple[float | None, str | None, int | None]) -> tuple[object, ...]:
        return (None if row[0] is None else row[0] + 0.0, row[1] or None, row[2])

    assume(alike(one) != alike(other))
    assert row_digest(one, COLUMNS) != row_digest(other, COLUMNS)


@example(-1e-85)
@given(st.floats(-1e30, 1e30))
def test_a_number_counts_as_float32(number: float) -> None:
    columns = COLUMNS[:1]
    assert row_digest((number,), columns) == row_digest((float(np.float32(number)),), columns)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_what_no_float32_holds_counts_as_missing(number: float) -> None:
    assert row_digest((number,), COLUMNS[:1]) == row_digest((None,), COLUMNS[:1])


def test_values_do_not_run_into_each_other() -> None:
    two = (KeyColumn(name="a", type="category"), KeyColumn(name="b", type="category"))
    assert row_digest(("x", "yz"), two) != row_digest(("xy", "z"), two)
    assert row_digest(("x", None), two) != row_digest((None, "x"), two)


def test_a_fifth_is_held_out_and_a_fifth_of_the_rest_validates() -> None:
    digests = [row_digest((f"customer {i}",), COLUMNS[1:2]) for i in range(20_000)]
    rest = [digest for digest in digests if not is_held_out(digest)]
    assert len(rest) / len(digests) == pytest.approx(0.8, abs=0.01)
    assert sum(map(is_validation, rest)) / len(rest) == pytest.approx(0.2, abs=0.01)


def test_an_id_has_64_bits() -> None:
    ids = [row_id(row_digest((str(i),), COLUMNS[1:2])) for i in range(1_000)]
    assert len(set(ids)) == 1_000
    assert 2**63 < max(ids) < 2**64
