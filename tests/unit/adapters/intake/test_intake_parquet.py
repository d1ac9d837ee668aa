from collections.abc import Callable
from datetime import datetime

import pytest
from intake_desk import Desk, lenient, make_spec, reasons, rejects, rows

ToParquet = Callable[..., bytes]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("7::UTINYINT", 7.0),
        ("7::HUGEINT", 7.0),
        ("7.5::DECIMAL(5, 2)", 7.5),
        ("7.5::FLOAT", 7.5),
        ("'7.5'", 7.5),
    ],
)
def test_numbers_of_every_type_become_doubles(
    desk: Desk, to_parquet: ToParquet, age: str, expected: float
) -> None:
    content = to_parquet(f"SELECT 1 AS churned, {age} AS age, 'yearly' AS plan")
    assert rows(desk.drop(content)) == [("1", expected, "yearly")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", "true"),
        ("3", "3"),
        ("3.0::DOUBLE", "3"),
        ("0.1::DOUBLE", "0.1"),
        ("2.50::DECIMAL(5, 2)", "2.5"),
        ("DATE '2024-02-03'", "2024-02-03"),
        ("'x'::ENUM('x', 'y')", "x"),
        ("'5f0c8f9e-1c1b-4d57-9c39-7e4b2a8e7f11'::UUID", "5f0c8f9e-1c1b-4d57-9c39-7e4b2a8e7f11"),
    ],
)
def test_categories_of_every_type_become_text(
    desk: Desk, to_parquet: ToParquet, value: str, expected: str
) -> None:
    spec = make_spec(features={"plan": {"type": "category"}})
    assert rows(desk.drop(to_parquet(f"SELECT 1 AS churned, {value} AS plan"), spec=spec)) == [
        ("1", expected)
    ]


@pytest.mark.parametrize(
    "value", ["true", "DATE '2024-01-01'", "[1]", "{'a': 1}", "'a'::BLOB", "INTERVAL 1 DAY"]
)
def test_a_column_of_the_wrong_type_is_named(desk: Desk, to_parquet: ToParquet, value: str) -> None:
    rejected = desk.reject(to_parquet(f"SELECT 1 AS churned, {value} AS age, 'yearly' AS plan"))
    assert rejected.reason == "wrong_type"
    assert '"age"' in rejected.message
    assert "a number is expected" in rejected.message


def test_nested_columns_that_nobody_asked_for_are_extra(desk: Desk, to_parquet: ToParquet) -> None:
    query = (
        "SELECT {'a': {'b': 1}} AS s, 1 AS churned, [[1]] AS l, 2 AS age, map {1: 2} AS m, "
        "NULL::VARCHAR AS plan"
    )
    canonical = desk.drop(to_parquet(query))
    assert canonical.extra_columns == ("s", "l", "m")
    assert rows(canonical) == [("1", 2.0, None)]


def test_bad_rows_are_written_with_all_their_columns(desk: Desk, to_parquet: ToParquet) -> None:
    query = (
        "SELECT * FROM (VALUES (1, 5.0::DOUBLE, 'yearly', [1]), (0, 'nan', 'weekly', [2]), "
        "(1, 'inf', '', [3]),"
        " (NULL, -1, 'yearly', NULL)) AS t(churned, age, plan, extra)"
    )
    canonical = desk.drop(to_parquet(query), spec=lenient())
    assert reasons(canonical) == {
        2: "age: not a finite number; plan: not an allowed value",
        3: "age: not a finite number",
        4: "churned: missing; age: below min 0",
    }
    assert rejects(canonical)[0]["extra"] == "[2]"


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_truncated_file_is_named_so(desk: Desk, to_parquet: ToParquet, share: float) -> None:
    content = to_parquet("SELECT i % 2 AS churned, i % 100 AS age, 'yearly' AS plan FROM range(5000) t(i)")
    assert desk.reject(content[: int(len(content) * share)]).reason == "truncated"


def test_a_damaged_file_is_unreadable_without_naming_our_folders(desk: Desk, to_parquet: ToParquet) -> None:
    content = to_parquet("SELECT i % 2 AS churned, i % 100 AS age, 'yearly' AS plan FROM range(5000) t(i)")
    for place in (10, len(content) - 400):
        rejected = desk.reject(content[:place] + b"\xff" * 120 + content[place + 120 :])
        assert rejected.reason == "unreadable"
        assert "/source" not in rejected.message


def test_no_rows_and_missing_columns_are_told(desk: Desk, to_parquet: ToParquet) -> None:
    assert desk.reject(to_parquet("SELECT 1 AS churned, 2 AS age, '' AS plan LIMIT 0")).reason == "no_rows"
    assert desk.reject(to_parquet("SELECT 1 AS churned, 2 AS plan")).reason == "missing_column"


@pytest.mark.parametrize(
    "query",
    [
        # Run lengths: 20 million rows in a few kilobytes.
        "SELECT 1 AS churned, 1 AS age, 'yearly' AS plan FROM range(12000000)",
        # A dictionary with one long word: the footer tells a hundredth of the content.
        "SELECT 1 AS churned, 1 AS age, repeat('a', 1000) AS plan FROM range(400000)",
    ],
)
def test_a_parquet_bomb_is_refused(desk: Desk, to_parquet: ToParquet, query: str) -> None:
    content = to_parquet(query, ", COMPRESSION zstd")
    assert len(content) < 400_000
    assert desk.reject(content).reason == "expands_too_much"


def test_moments_and_epoch_numbers_are_times(desk: Desk, to_parquet: ToParquet) -> None:
    spec = make_spec(time="at")
    for value in ("TIMESTAMP '2024-01-02 03:04:05'", "TIMESTAMPTZ '2024-01-02 05:04:05+02'", "1704164645"):
        content = to_parquet(f"SELECT 1 AS churned, 2 AS age, 'yearly' AS plan, {value} AS \"at\"")
        assert rows(desk.drop(content, spec=spec))[0][1] == datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001
