from __future__ import annotations

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tideline.adapters.preparation.row_sql import (
    decides_to_hold_out,
    decides_to_validate,
    digest,
    identifier,
    literal,
    row_id,
    typed,
)
from tideline.domain.training.row_hash import KeyColumn, is_held_out, is_validation, row_digest
from tideline.domain.training.row_hash import row_id as row_id_of

# A name and a text that would break out of careless quoting.
NAME = 'si"ze; DROP TABLE x; --'
COLUMNS = (
    KeyColumn(name=NAME, type="number"),
    KeyColumn(name="place", type="category"),
    KeyColumn(name="at", type="time"),
)
TEXTS = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
TIMES = st.none() | st.integers(-(10**15), 10**16)
# In Parquet numbers are finite, for intake sees to that; what an older spec read as text may spell any.
FINITE = st.none() | st.floats(allow_nan=False, allow_infinity=False)
ANY = st.none() | st.floats()
Rows = list[tuple[float | None, str | None, int | None]]


@example([(1e300, "", None), (-0.0, "'", 0), (-1e-85, "é", -1), (16777217.0, "\ud7ff", 2)])
@settings(deadline=None, max_examples=30)  # opening a database takes as long as it takes
@given(st.lists(st.tuples(FINITE, TEXTS, TIMES), min_size=1, max_size=30))
def test_sql_and_python_give_every_row_the_same_hash(rows: Rows) -> None:
    assert_same_hashes(rows, number_type="DOUBLE")


@example([(float("inf"), None, 0), (float("nan"), None, 0), (-0.0, None, 0)])
@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(ANY, TEXTS, TIMES), min_size=1, max_size=30))
def test_numbers_that_an_older_spec_read_as_texts_have_the_same_hash(rows: Rows) -> None:
    assert_same_hashes(rows, number_type="VARCHAR")


def assert_same_hashes(rows: Rows, *, number_type: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f'CREATE TABLE raw (n INTEGER, {identifier(NAME)} {number_type}, place VARCHAR, "at" TIMESTAMP)'
        )
        connection.executemany(
            "INSERT INTO raw VALUES (?, ?, ?, make_timestamp(?::BIGINT))",
            [
                (n, number if number is None or number_type == "DOUBLE" else repr(number), place, at)
                for n, (number, place, at) in enumerate(rows)
            ],
        )
        present = {COLUMNS[0].name.lower(): number_type, "place": "VARCHAR", "at": "TIMESTAMP"}
        values = [(f"({typed(column, present=present)})", column.type) for column in COLUMNS]
        found = connection.execute(
            f"SELECT d, {row_id('d')}, {decides_to_hold_out('d')}, {decides_to_validate('d')}"
            f" FROM (SELECT n, {digest(values)} AS d FROM raw) ORDER BY n"
        ).fetchall()
    expected = [row_digest(row, COLUMNS) for row in rows]
    assert found == [(d, row_id_of(d), is_held_out(d), is_validation(d)) for d in expected]


def test_a_column_that_no_batch_has_is_missing() -> None:
    with duckdb.connect() as connection:
        value, kind = connection.execute(
            f"SELECT v, typeof(v) FROM (SELECT {typed(COLUMNS[0], present={})} AS v)"
        ).fetchall()[0]
    assert (value, kind) == (None, "FLOAT")


def test_a_quoted_text_is_that_text() -> None:
    text = 'it\'s "quoted"; --'
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {literal(text)}").fetchall() == [(text,)]
