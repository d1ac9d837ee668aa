from tideline.domain.intake.canonical_file import RejectReason, RowFault, name_fault, too_many_bad_rows


def test_fault_codes_are_distinct_and_never_zero() -> None:
    codes = [fault.code for fault in RowFault]
    assert sorted(codes) == list(range(1, len(RowFault) + 1))


def test_reasons_are_stable_snake_case() -> None:
    assert all(reason.value == reason.name.lower() for reason in RejectReason)


def test_a_bound_is_part_of_the_faults_name() -> None:
    assert name_fault("age", RowFault.BELOW_MIN, bound=0.0) == "age: below min 0"
    assert name_fault("age", RowFault.ABOVE_MAX, bound=0.1) == "age: above max 0.1"
    assert name_fault("age", RowFault.MISSING) == "age: missing"


def test_the_message_for_too_many_bad_rows_names_the_most_frequent_faults_and_their_first_rows() -> None:
    examples = [(f"f{i}: missing", 100 - i, i + 3) for i in range(7)]
    message = too_many_bad_rows(bad=1_200, total=4_000, allowed=0.05, examples=examples)
    assert message.startswith("1,200 of 4,000 rows are bad, more than the 0.05 that training.bad_rows allows")
    assert "f0: missing (100 rows, first row 3)" in message
    assert "f5: missing" not in message
    assert "and 2 other faults" in message


def test_repeated_entities_come_with_the_advice_to_name_a_time() -> None:
    fault = name_fault("id", RowFault.CONFLICT)
    message = too_many_bad_rows(bad=2, total=4, allowed=0.05, examples=[(fault, 2, 2)])
    assert "`time`" in message
