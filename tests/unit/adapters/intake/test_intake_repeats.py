from intake_desk import Desk, lenient, make_spec, reasons, rejects, rows

HEADER = "id,at,churned,age,plan\n"


def test_without_an_entity_equal_rows_are_rows(desk: Desk) -> None:
    assert desk.drop("churned,age,plan\n" + "0,1,monthly\n" * 5).rows == 5


def test_of_rows_with_one_entity_the_first_is_kept_and_the_others_name_it(desk: Desk) -> None:
    content = HEADER + "a,,0,1,monthly\nb,,1,2,yearly\na,,0,1,monthly\nb,,0,2,yearly\na,,1,9,yearly\n"
    canonical = desk.drop(content, spec=lenient(entity="id"))
    assert [row[1] for row in rows(canonical)] == ["a", "b"]
    assert reasons(canonical) == {
        3: "id: duplicate (see row 1)",
        4: "id: duplicate key with other values (see row 2)",
        5: "id: duplicate key with other values (see row 1)",
    }
    assert rejects(canonical)[2]["age"] == "9"


def test_an_entity_may_come_again_at_another_time(desk: Desk) -> None:
    content = (
        HEADER + "a,2024-01-01,0,1,monthly\na,2024-01-02,0,1,monthly\na,2024-01-01T00:00:00Z,1,1,yearly\n"
    )
    canonical = desk.drop(content, spec=lenient(entity="id", time="at"))
    assert canonical.rows == 2
    assert reasons(canonical) == {3: "id: duplicate key with other values (see row 1)"}


def test_a_row_that_is_bad_by_itself_does_not_count_as_the_first(desk: Desk) -> None:
    content = HEADER + "a,,0,-1,monthly\na,,0,1,monthly\n"
    canonical = desk.drop(content, spec=lenient(entity="id"))
    assert [row[2] for row in rows(canonical)] == [1.0]
    assert reasons(canonical) == {1: "age: below min 0"}


def test_row_numbers_hold_among_rows_that_are_bad_for_other_reasons(desk: Desk) -> None:
    body = ["x", "a,,0,1,monthly", "b,,0,-1,monthly", "c,,0,1", "d,,1,1,yearly", '"e"f,,0,1,yearly']
    body += [
        "a,,0,1,monthly",
        "g,,0,200,yearly",
        "d,,2,1,yearly",
        "h,,0,1,weekly",
        "d,,1,1,yearly",
        "i,,2,1,yearly",
    ]
    canonical = desk.drop(HEADER + "\n".join(body), spec=lenient(entity="id"))
    assert reasons(canonical) == {
        1: "row: too few cells",
        3: "age: below min 0",
        4: "row: too few cells",
        6: "row: broken quote",
        7: "id: duplicate (see row 2)",
        8: "age: above max 120",
        9: "churned: a third label; id: duplicate key with other values (see row 5)",
        10: "plan: not an allowed value",
        11: "id: duplicate (see row 5)",
        12: "churned: a third label",
    }
    assert [row[1] for row in rows(canonical)] == ["a", "d"]
    assert canonical.bad_rows == 10


def test_many_rows_an_entity_are_refused_with_the_advice_to_name_a_time(desk: Desk) -> None:
    content = HEADER + "".join(f"a,,0,{age},monthly\n" for age in range(50))
    rejected = desk.reject(content, spec=make_spec(entity="id"))
    assert rejected.reason == "too_many_bad_rows"
    assert "name the column that orders them as `time`" in rejected.message
