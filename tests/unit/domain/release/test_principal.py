from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.release.principal import is_principal, principal

ALICE = "arn:aws:iam::123456789012:user/team/alice"
SESSION = "arn:aws:sts::123456789012:assumed-role/{}/{}"
NAMES = st.from_regex(r"[A-Za-z0-9=,.@_-]{2,40}", fullmatch=True)


@given(first=NAMES, second=NAMES)
def test_sessions_of_a_role_are_one_principal_whatever_they_call_themselves(first: str, second: str) -> None:
    one, other = SESSION.format("Operator", first), SESSION.format("Operator", second)
    assert principal(one) == principal(other)
    assert principal(one) == principal("arn:aws:iam::123456789012:role/some/path/Operator")
    assert principal(one) != principal(SESSION.format("Approver", first))


@given(name=NAMES)
def test_a_person_of_identity_center_is_one_in_every_permission_set(name: str) -> None:
    sets = ("AWSReservedSSO_Operator_0123456789abcdef", "AWSReservedSSO_Approver_fedcba9876543210")
    first, second = (principal(SESSION.format(role, name)) for role in sets)
    assert first == second
    assert first != principal(SESSION.format(sets[0], name + "x"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ALICE, ALICE, True),
        (ALICE, ALICE.replace("alice", "Alice"), True),
        (ALICE, ALICE.replace("alice", "bob"), False),
        (ALICE, ALICE.replace("team/", ""), False),
        (ALICE, ALICE.replace("123456789012", "210987654321"), False),
        (ALICE, "arn:aws:iam::123456789012:root", False),
        (ALICE, SESSION.format("alice", "alice"), False),
    ],
)
def test_users_are_told_apart_by_path_name_and_account(one: str, other: str, same: bool) -> None:
    assert (principal(one) == principal(other)) is same


@pytest.mark.parametrize(
    "text",
    ["", "alice", "root", "arn:aws:s3:::bucket/key", "arn:aws:iam::1:user/alice", ALICE + "\n", ALICE + " x"],
)
def test_what_names_no_principal_is_refused(text: str) -> None:
    assert not is_principal(text)
    with pytest.raises(ValueError, match="not the ARN of a principal"):
        principal(text)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_partition_is_known(partition: str) -> None:
    assert is_principal(ALICE.replace("aws", partition, 1))
