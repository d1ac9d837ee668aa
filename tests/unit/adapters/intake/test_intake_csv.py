import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_desk import Desk, lenient, make_spec, reasons, rejects, rows

HEADER = "churned,age,plan\n"


def test_a_header_alone_has_no_rows(desk: Desk) -> None:
    assert desk.reject(HEADER).reason == "no_rows"
    assert desk.reject("churned,age,plan").reason == "no_rows"


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "vertical bar")])
def test_another_delimiter_is_named(desk: Desk, delimiter: str, word: str) -> None:
    rejected = desk.reject((HEADER + "0,1,monthly\n").replace(",", delimiter))
    assert rejected.reason == "wrong_delimiter"
    assert word in rejected.message


def test_missing_columns_are_all_named(desk: Desk) -> None:
    rejected = desk.reject("age,colour\n1,red\n")
    assert rejected.reason == "missing_column"
    assert "the target 'churned' is missing; 'plan' is missing" in rejected.message
    assert "'colour'" in rejected.message


def test_a_name_in_other_letters_is_pointed_out(desk: Desk) -> None:
    rejected = desk.reject("churned,Age,plan\n0,1,monthly\n")
    assert rejected.reason == "missing_column"
    assert "'Age' differs in upper and lower case" in rejected.message


def test_a_file_without_a_header_is_asked_about_it(desk: Desk) -> None:
    assert "Is the first line a header?" in desk.reject("0,1,monthly\n1,2,yearly\n").message


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("churned,age,age,plan", "duplicate_column"),
        ("churned,age,x,plan,x", "duplicate_column"),
        (",churned,age,plan", "empty_column_name"),
        ('churned,"age,plan', "broken_quote"),
    ],
)
def test_a_header_that_is_not_clear_is_refused(desk: Desk, header: str, reason: str) -> None:
    assert desk.reject(f"{header}\n0,1,2,3,4\n").reason == reason


def test_columns_may_stand_in_any_order_with_spaces_and_extra_ones(desk: Desk) -> None:
    canonical = desk.drop("note, plan ,age,churned,more\nx,yearly,7,1,y\n")
    assert rows(canonical) == [("1", 7.0, "yearly")]
    assert canonical.extra_columns == ("note", "more")


def test_names_and_values_are_never_read_as_sql(desk: Desk) -> None:
    name = "a\"; DROP TABLE late; --'"
    spec = make_spec(
        target="y'\"", task="regression", features={name: {"type": "category", "values": ['it\'s "ok"']}}
    )
    out = io.StringIO()
    csv.writer(out).writerows([[name, "y'\"", "x'); --"], ['it\'s "ok"', "3", "z"]])
    canonical = desk.drop(out.getvalue(), spec=spec)
    assert rows(canonical) == [(3.0, 'it\'s "ok"')]
    assert canonical.extra_columns == ("x'); --",)


def test_rows_with_other_numbers_of_cells_are_bad_rows_shown_as_they_were(desk: Desk) -> None:
    content = HEADER + "0,1,monthly\n1,2\n0,3,yearly,surplus,more\n1,4,yearly\n"
    canonical = desk.drop(content, spec=lenient())
    assert [row[1] for row in rows(canonical)] == [1.0, 4.0]
    assert canonical.faults == {"row: too few cells": 1, "row: too many cells": 1}
    assert rejects(canonical) == [
        {
            "churned": "1",
            "age": "2",
            "plan": "",
            "_surplus": "",
            "_row": "2",
            "_reasons": "row: too few cells",
        },
        {
            "churned": "0",
            "age": "3",
            "plan": "yearly",
            "_surplus": "surplus,more",
            "_row": "3",
            "_reasons": "row: too many cells",
        },
    ]


def test_a_broken_quote_costs_only_its_row(desk: Desk) -> None:
    content = HEADER + '0,1,monthly\n1,2,"month"ly\n0,3,"yearly"\n1,4\n0,500,yearly\n0,6,yearly\n'
    canonical = desk.drop(content, spec=lenient())
    assert [row[1] for row in rows(canonical)] == [1.0, 3.0, 6.0]
    assert reasons(canonical) == {
        2: "row: broken quote",
        4: "row: too few cells",
        5: "age: above max 120",
    }


@pytest.mark.parametrize("tail", ["", "0,3,monthly\n" * 200, '0,3,"monthly"\n' * 200])
def test_an_open_quote_that_swallows_lines_is_refused_rather_than_losing_them(desk: Desk, tail: str) -> None:
    content = HEADER + "0,1,monthly\n" * 30 + '1,2,"monthly\n' + "0,3,monthly\n" * 3 + tail
    rejected = desk.reject(content)
    assert rejected.reason in ("broken_quote", "too_many_bad_rows")


def test_a_record_without_end_is_refused(desk: Desk) -> None:
    rejected = desk.reject(
        HEADER + "0,1,monthly\n" * 99 + '1,2,"' + "x\n" * 1_200_000 + '"\n', spec=lenient()
    )
    assert (rejected.reason, rejected.row) == ("broken_quote", 100)


def test_quoted_line_breaks_are_part_of_the_value(desk: Desk) -> None:
    spec = lenient(features={"age": {"type": "number"}, "plan": {"type": "category"}})
    canonical = desk.drop(HEADER + '0,1,"a\n\nb"\n1,x,"c\r\nd"\n0,2,"e ""f"", g"\n', spec=spec)
    assert rows(canonical) == [("0", 1.0, "a\n\nb"), ("0", 2.0, 'e "f", g')]
    assert reasons(canonical) == {2: "age: not a number"}


def test_only_empty_is_missing(desk: Desk) -> None:
    canonical = desk.drop(HEADER + '0,1,\n1,2,""\n0,3,NULL\n1,NA,yearly\n', spec=lenient())
    assert rows(canonical) == [("0", 1.0, None), ("1", 2.0, None)]
    assert reasons(canonical) == {3: "plan: not an allowed value", 4: "age: not a number"}


def test_a_flood_of_short_rows_is_refused_without_listing_them(desk: Desk) -> None:
    for line in ("x\n", '"x"\n'):
        rejected = desk.reject(HEADER + "0,1,monthly\n" + line * 300_000)
        assert rejected.reason == "too_many_bad_rows"
        assert "300,000 of 300,001 rows" in rejected.message
        assert rejected.row == 2


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12
)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False, width=32)
_ROW = st.tuples(st.sampled_from(["yes", "no"]), _NUMBER | st.just("bad"), _TEXT)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(_ROW, min_size=1, max_size=30))
def test_what_is_accepted_is_what_was_written(desk: Desk, written: list[tuple[str, object, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([("churned", "age", "plan"), *written])
    spec = lenient(features={"age": {"type": "number"}, "plan": {"type": "category", "required": False}})
    good = [(label, number, text or None) for label, number, text in written if number != "bad"]
    if not good:
        assert desk.reject(out.getvalue(), spec=spec).reason == "too_many_bad_rows"
        return
    canonical = desk.drop(out.getvalue(), spec=spec)
    assert rows(canonical) == good
    assert canonical.rows + canonical.bad_rows == len(written)
    if canonical.bad_rows:
        assert [tuple(row[name] for name in ("churned", "age", "plan")) for row in rejects(canonical)] == [
            row for row in written if row[1] == "bad"
        ]
