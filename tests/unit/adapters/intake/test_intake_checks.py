from datetime import datetime, timedelta

import duckdb
import pytest
from intake_desk import Desk, lenient, make_spec, reasons, rows

HEADER = "churned,age,plan\n"


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        ("", "age: missing"),
        ("x", "age: not a number"),
        ("1,5", "row: too many cells"),
        ("1_000", "age: not a number"),
        ("0x10", "age: not a number"),
        ("true", "age: not a number"),
        ("NaN", "age: not a finite number"),
        ("-inf", "age: not a finite number"),
        ("Infinity", "age: not a finite number"),
        ("1e400", "age: not a finite number"),
        ("1e39", "age: number beyond 3.4e38"),
        ("-0.001", "age: below min 0"),
        ("120.001", "age: above max 120"),
    ],
)
def test_a_number_that_breaks_a_rule_is_a_bad_row(desk: Desk, age: str, reason: str) -> None:
    canonical = desk.drop(HEADER + f"0,1,monthly\n1,{age},yearly\n", spec=lenient())
    assert reasons(canonical) == {2: reason}


def test_bounds_are_inclusive(desk: Desk) -> None:
    assert desk.drop(HEADER + "0,0,monthly\n1,120,yearly\n0, 7 ,yearly\n").rows == 3


def test_every_reason_of_a_row_is_given(desk: Desk) -> None:
    canonical = desk.drop(HEADER + "0,1,monthly\n,-1,weekly\n", spec=lenient())
    assert reasons(canonical) == {2: "churned: missing; age: below min 0; plan: not an allowed value"}
    assert canonical.faults == {"churned: missing": 1, "age: below min 0": 1, "plan: not an allowed value": 1}
    assert canonical.bad_rows == 1


def test_a_category_is_compared_as_it_stands_and_held_to_a_length(desk: Desk) -> None:
    spec = lenient(features={"plan": {"type": "category"}})
    content = f"churned,plan\n0, a\n1,{'é' * 1000}\n0,{'x' * 1001}\n"
    canonical = desk.drop(content, spec=spec)
    assert [row[1] for row in rows(canonical)] == [" a", "é" * 1000]
    assert reasons(canonical) == {3: "plan: longer than 1,000 characters"}


def test_allowed_values_are_compared_exactly_and_may_be_listed_twice(desk: Desk) -> None:
    spec = lenient(features={"plan": {"type": "category", "values": ["a'b", "a'b", "é", "nul\0"]}})
    canonical = desk.drop("churned,plan\n0,a'b\n1,é\n0,A'B\n1,nul\n", spec=spec)
    assert [row[1] for row in rows(canonical)] == ["a'b", "é"]
    assert canonical.faults == {"plan: not an allowed value": 2}


def test_an_optional_feature_may_be_empty_throughout_and_a_required_one_may_not(desk: Desk) -> None:
    assert desk.drop(HEADER + "0,1,\n1,2,\n").rows == 2
    rejected = desk.reject(HEADER + "0,,yearly\n1,,yearly\n")
    assert rejected.reason == "too_many_bad_rows"
    assert "age: missing (2 rows, first row 1)" in rejected.message


def test_a_file_without_any_target_is_refused_as_such(desk: Desk) -> None:
    assert desk.reject(HEADER + ",1,monthly\n,2,yearly\n").reason == "no_target"


def test_one_label_alone_is_left_to_training(desk: Desk) -> None:
    assert desk.drop(HEADER + "0,1,monthly\n0,2,yearly\n").rows == 2


def test_a_third_label_of_a_binary_target_is_a_bad_row(desk: Desk) -> None:
    content = HEADER + "2,1,monthly\n0,1,monthly\n1,2,yearly\n1,3,yearly\n0,3,yearly\n"
    canonical = desk.drop(content, spec=lenient())
    assert reasons(canonical) == {1: "churned: a third label"}
    assert [row[0] for row in rows(canonical)] == ["0", "1", "1", "0"]


def test_with_a_positive_label_all_others_are_negative(desk: Desk) -> None:
    content = HEADER + "2,1,monthly\n0,1,monthly\n1,2,yearly\n"
    assert desk.drop(content, spec=make_spec(positive="1")).rows == 3


def test_classes_are_text_and_a_regression_target_is_a_number(desk: Desk) -> None:
    content = HEADER + "1.0,1,monthly\n2,1,monthly\nx,1,yearly\n"
    classes = desk.drop(content, spec=make_spec(task="multiclass"))
    assert [row[0] for row in rows(classes)] == ["1.0", "2", "x"]
    numbers = desk.drop(content, spec=lenient(task="regression"))
    assert [row[0] for row in rows(numbers)] == [1.0, 2.0]
    assert reasons(numbers) == {3: "churned: not a number"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-01-02", datetime(2024, 1, 2)),  # noqa: DTZ001
        ("2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        ("2024-01-02 03:04:05+02:00", datetime(2024, 1, 2, 1, 4, 5)),  # noqa: DTZ001
        ("2024-01-02T03:04:05.123456", datetime(2024, 1, 2, 3, 4, 5, 123456)),  # noqa: DTZ001
        ("1704164645", datetime(2024, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        ("1704164645.25", datetime(2024, 1, 2, 3, 4, 5, 250000)),  # noqa: DTZ001
        ("1704164645123", datetime(2024, 1, 2, 3, 4, 5, 123000)),  # noqa: DTZ001
        ("1704164645000000000", datetime(2024, 1, 2, 3, 4, 5)),  # noqa: DTZ001
    ],
)
def test_times_are_kept_in_utc(desk: Desk, written: str, expected: datetime) -> None:
    canonical = desk.drop(f"churned,at,age,plan\n0,{written},1,yearly\n", spec=make_spec(time="at"))
    (row,) = rows(canonical)
    assert abs(row[1] - expected) <= timedelta(microseconds=1)


@pytest.mark.parametrize(
    "written", ["2024", "20240102", "202401020304", "01/02/2024", "infinity", "2024-02-30", "-5"]
)
def test_what_is_no_time_or_not_clearly_one_is_a_bad_row(desk: Desk, written: str) -> None:
    content = f"churned,at,age,plan\n0,2024-01-02,1,yearly\n0,{written},1,yearly\n"
    assert reasons(desk.drop(content, spec=lenient(time="at"))) == {2: "at: not a time"}


def test_a_missing_time_or_entity_is_a_bad_row(desk: Desk) -> None:
    content = "churned,id,at,age,plan\n0,7,2024-01-02,1,yearly\n1,,,1,yearly\n"
    assert reasons(desk.drop(content, spec=lenient(time="at", entity="id"))) == {
        2: "id: missing; at: missing"
    }


def test_the_share_of_bad_rows_that_is_tolerated_is_inclusive(desk: Desk) -> None:
    for allowed, bad, total in ((0.05, 1, 20), (0.29, 29, 100), (0.07, 7, 100)):
        spec = make_spec(training={"bad_rows": allowed})
        good = "0,1,monthly\n" * (total - bad)
        canonical = desk.drop(HEADER + good + "0,-1,monthly\n" * bad, spec=spec)
        assert (canonical.rows, canonical.bad_rows) == (total - bad, bad)
        assert (
            desk.reject(HEADER + good + "0,-1,monthly\n" * (bad + 1), spec=spec).reason == "too_many_bad_rows"
        )


def test_a_refusal_lists_the_most_frequent_faults_and_where_they_begin(desk: Desk) -> None:
    content = HEADER + "0,1,monthly\n" * 4 + "0,-1,monthly\n0,1,weekly\n0,x,weekly\n0\n"
    rejected = desk.reject(content, spec=make_spec(training={"bad_rows": 0.2}))
    assert rejected.reason == "too_many_bad_rows"
    assert rejected.row == 5
    assert "plan: not an allowed value (2 rows, first row 6)" in rejected.message
    assert "row: too few cells (1 rows, first row 8)" in rejected.message


def test_a_file_of_only_bad_rows_is_refused_whatever_is_tolerated(desk: Desk) -> None:
    spec = make_spec(training={"bad_rows": 1.0})
    assert desk.reject(HEADER + "0,-1,monthly\n", spec=spec).reason == "too_many_bad_rows"


def test_canonical_columns_have_their_types_and_order(desk: Desk) -> None:
    content = "plan,age,at,churned,id\nyearly,1,2024-01-02,0,7\n"
    canonical = desk.drop(content, spec=make_spec(time="at", entity="id"))
    schema = duckdb.execute(
        "DESCRIBE SELECT * FROM read_parquet($p)", {"p": str(canonical.parquet)}
    ).fetchall()
    assert [(row[0], row[1]) for row in schema] == [
        ("churned", "VARCHAR"),
        ("id", "VARCHAR"),
        ("at", "TIMESTAMP"),
        ("age", "DOUBLE"),
        ("plan", "VARCHAR"),
    ]


def test_a_feature_that_is_the_entity_too_keeps_its_type_and_is_required(desk: Desk) -> None:
    canonical = desk.drop(HEADER + "0,1,yearly\n1,2,\n", spec=lenient(entity="plan"))
    assert rows(canonical) == [("0", "yearly", 1.0)]
    assert reasons(canonical) == {2: "plan: missing"}
