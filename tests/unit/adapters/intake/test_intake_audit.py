"""Fairness attributes that are no features: read along, never a reason to lose a row for a gap."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
import pytest
from intake_desk import Desk, lenient, make_spec, reasons, rows

FAIR = {"fairness": {"attributes": ["plan", "gender"]}}
SPEC = make_spec(evaluation=FAIR)
CSV = "churned,gender,age,plan,zip\n0,f,1,monthly,9\n1,,2,yearly,9\n0,m,3,monthly,9\n"
READ = [("0", 1.0, "monthly", "f"), ("1", 2.0, "yearly", None), ("0", 3.0, "monthly", "m")]


def test_an_attribute_is_kept_as_optional_text_behind_the_features(desk: Desk) -> None:
    canonical = desk.drop(CSV, spec=SPEC)
    assert rows(canonical) == READ
    assert canonical.extra_columns == ("zip",)
    described = duckdb.execute("DESCRIBE FROM read_parquet($p)", {"p": str(canonical.parquet)}).fetchall()
    assert [(name, kind) for name, kind, *_ in described][-1] == ("gender", "VARCHAR")


def test_every_format_reads_it_alike(desk: Desk, to_parquet: Callable[..., bytes]) -> None:
    objects = [
        {"churned": 0, "age": 1, "plan": "monthly", "gender": "f"},
        {"churned": 1, "age": 2, "plan": "yearly"},
        {"churned": 0, "age": 3, "plan": "monthly", "gender": "m"},
    ]
    lines = "\n".join(json.dumps(line) for line in objects)
    values = "(0, 'f', 1, 'monthly'), (1, NULL, 2, 'yearly'), (0, 'm', 3, 'monthly')"
    table = to_parquet(f"SELECT * FROM (VALUES {values}) AS t(churned, gender, age, plan)")
    assert rows(desk.drop(lines, spec=SPEC)) == rows(desk.drop(table, spec=SPEC)) == READ


def test_numbers_and_booleans_are_groups_by_their_spelling(
    desk: Desk, to_parquet: Callable[..., bytes]
) -> None:
    spec = make_spec(evaluation={"fairness": {"attributes": ["decade", "member"]}})
    table = to_parquet(
        "SELECT i % 2 AS churned, 1 AS age, 'yearly' AS plan, i * 10.0 AS decade, i = 1 AS member"
        " FROM range(2) t(i)"
    )
    assert [row[3:] for row in rows(desk.drop(table, spec=spec))] == [("0", "false"), ("10", "true")]


@pytest.mark.parametrize(
    "content",
    [
        "churned,age,plan\n0,1,monthly\n1,2,yearly\n",
        '{"churned": 0, "age": 1}\n{"churned": 1, "age": 2}\n',
    ],
)
def test_a_file_without_the_column_is_refused_by_its_name(desk: Desk, content: str) -> None:
    rejected = desk.reject(content, spec=SPEC)
    assert rejected.reason == "missing_column"
    assert "the fairness attribute 'gender' is missing" in rejected.message


def test_a_column_of_gaps_is_taken(desk: Desk) -> None:
    assert rows(desk.drop("churned,age,plan,gender\n0,1,monthly,\n1,2,yearly,\n", spec=SPEC)) == [
        ("0", 1.0, "monthly", None),
        ("1", 2.0, "yearly", None),
    ]


def test_an_endless_attribute_makes_a_bad_row_as_a_category_does(desk: Desk) -> None:
    content = f"churned,age,plan,gender\n0,1,monthly,f\n1,2,yearly,{'x' * 1_001}\n"
    canonical = desk.drop(content, spec=lenient(evaluation=FAIR))
    assert reasons(canonical) == {2: "gender: longer than 1,000 characters"}


def test_an_entity_that_is_an_attribute_too_stays_required(desk: Desk) -> None:
    spec = lenient(entity="shop", evaluation={"fairness": {"attributes": ["shop"]}})
    canonical = desk.drop("churned,age,plan,shop\n0,1,monthly,a\n1,2,yearly,\n", spec=spec)
    assert reasons(canonical) == {2: "shop: missing"}
