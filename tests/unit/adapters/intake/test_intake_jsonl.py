import json

import pytest
from intake_desk import Desk, lenient, make_spec, reasons, rejects, rows


def lines(*objects: object) -> str:
    return "".join(json.dumps(one) + "\n" for one in objects)


def test_labels_and_numbers_are_read_by_their_json_types(desk: Desk) -> None:
    content = lines(
        {"churned": True, "age": 1, "plan": "yearly"},
        {"churned": False, "age": 2.5, "plan": None},
        {"churned": True, "age": "3"},
    )
    assert rows(desk.drop(content)) == [("true", 1.0, "yearly"), ("false", 2.5, None), ("true", 3.0, None)]


def test_numbers_as_categories_are_spelled_without_a_point_where_they_are_whole(desk: Desk) -> None:
    spec = lenient(features={"age": {"type": "number"}, "plan": {"type": "category"}})
    plans = [1, 2.0, 0.1, 123456789012345678901234567890, "1.0"]
    canonical = desk.drop(lines(*({"churned": 0, "age": 1, "plan": plan} for plan in plans)), spec=spec)
    assert [row[2] for row in rows(canonical)] == ["1", "2", "0.1", "123456789012345678901234567890", "1.0"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "row: not a JSON object"),
        ('{"churned": 0, "age": 1', "row: not a JSON object"),
        ("[1, 2]", "row: not a JSON object"),
        ("null", "row: not a JSON object"),
        ('{"churned": 0, "age": 1, "x": "\x01"}', "row: not a JSON object"),
        ('{"churned": "\\ud800", "age": 1}', "row: not a JSON object"),
        ('{"churned": 0, "age": 1, "age": 2}', "row: a key written twice"),
        ('{"churned": 0, "age": [1]}', "age: a nested value"),
        ('{"churned": {"a": 1}, "age": 1}', "churned: a nested value"),
        ('{"churned": 0, "age": true}', "age: not a number"),
        ('{"churned": 0, "age": NaN}', "age: not a finite number"),
        ('{"churned": 0, "age": 1e400}', "age: not a finite number"),
        ('{"churned": 0, "age": "-Infinity"}', "age: not a finite number"),
        ('{"churned": 0, "age": ' + "9" * 5_000 + "}", "age: not a finite number"),
        ('{"churned": 0, "age": ' + "[" * 100_000 + "]" * 100_000 + "}", "age: a nested value"),
        ('{"churned": "a\\u0000b", "age": 1}', "churned: a NUL character"),
        ('{"age": 1, "plan": "weekly"}', "churned: missing; plan: not an allowed value"),
        ('{"churned": "", "age": null}', "churned: missing; age: missing"),
    ],
    ids=range(18),
)
def test_a_line_that_is_wrong_is_a_bad_row_with_its_number(desk: Desk, line: str, reason: str) -> None:
    good = '{"churned": 0, "age": 5}\n'
    canonical = desk.drop(good + line + "\n" + good, spec=lenient())
    assert canonical.rows == 2
    assert reasons(canonical) == {2: reason}
    assert rejects(canonical)[0]["line"] == line[:10_000]


def test_a_required_column_that_no_row_has_is_missing_at_once(desk: Desk) -> None:
    rejected = desk.reject(lines({"churned": 0, "Age": 1}))
    assert rejected.reason == "missing_column"
    assert "'Age' differs" in rejected.message


def test_an_optional_column_may_be_absent_and_others_are_listed(desk: Desk) -> None:
    canonical = desk.drop(lines({"churned": 0, "age": 1, "zip": 1}, {"churned": 1, "age": 2, "b": {}}))
    assert canonical.rows == 2
    assert canonical.extra_columns == ("zip", "b")


def test_keys_are_names_and_not_paths(desk: Desk) -> None:
    names = ["a/b", "c~d", 'e"f', "$.g", "h.i"]
    spec = make_spec(features={name: {"type": "number"} for name in names})
    content = lines({"churned": 0} | {name: at for at, name in enumerate(names)})
    assert rows(desk.drop(content, spec=spec)) == [("0", 0.0, 1.0, 2.0, 3.0, 4.0)]


def test_too_many_keys_are_refused(desk: Desk) -> None:
    content = lines({"churned": 0, "age": 1} | {f"k{at}": 0 for at in range(10_001)})
    assert desk.reject(content).reason == "too_many_columns"


def test_windows_line_breaks_and_empty_lines_are_no_rows(desk: Desk) -> None:
    content = '{"churned": 0, "age": 1}\r\n\r\n{"churned": 1, "age": 2}'
    assert desk.drop(content).rows == 2
