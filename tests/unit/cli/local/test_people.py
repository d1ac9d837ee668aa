"""Users of the local cloud: made once, their keys kept from others."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.local.errors import LocalCloudError
from cli.local.people import person

POLICIES = ("arn:operator", "arn:approver")


class FakeIam:
    """What is used of IAM."""

    def __init__(self, *known: str) -> None:
        self.users = set(known)
        self.attached: list[tuple[str, str]] = []
        self.keys = 0

    def create_user(self, *, UserName: str) -> None:  # noqa: N803 - boto3's name
        if UserName in self.users:
            raise ClientError({"Error": {"Code": "EntityAlreadyExists"}}, "CreateUser")
        self.users.add(UserName)

    def attach_user_policy(self, *, UserName: str, PolicyArn: str) -> None:  # noqa: N803 - boto3's names
        self.attached.append((UserName, PolicyArn))

    def create_access_key(self, *, UserName: str) -> Any:  # noqa: N803 - boto3's name
        self.keys += 1
        return {"AccessKey": {"AccessKeyId": f"key-{UserName}", "SecretAccessKey": "secret"}}


@pytest.mark.parametrize("known", [(), ("bob",)])
def test_a_user_is_made_once_with_both_policies(tmp_path: Path, known: tuple[str, ...]) -> None:
    iam = FakeIam(*known)

    first = person(iam, tmp_path / "people", "bob", policies=POLICIES)

    assert first == person(iam, tmp_path / "people", "bob", policies=POLICIES)
    assert (first.access_key_id, iam.keys) == ("key-bob", 1)
    assert iam.attached == [("bob", policy) for policy in POLICIES]


def test_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    person(FakeIam(), tmp_path, "bob", policies=())

    assert stat.S_IMODE((tmp_path / "bob.json").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["bob.json"]


def test_keys_that_cannot_be_read_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "bob.json").write_text("{")

    assert person(FakeIam("bob"), tmp_path, "bob", policies=()).access_key_id == "key-bob"


@pytest.mark.parametrize("name", ["", "Bob", "../bob", "b/b", "b" * 33, "1bob", "bob\n"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LocalCloudError, match="cannot be a user"):
        person(FakeIam(), tmp_path, name, policies=())


def test_another_refusal_is_not_swallowed(tmp_path: Path) -> None:
    class Denying(FakeIam):
        def create_user(self, *, UserName: str) -> None:  # noqa: N803 - boto3's name
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "CreateUser")

    with pytest.raises(ClientError, match="AccessDenied"):
        person(Denying(), tmp_path, "bob", policies=())
    assert not (tmp_path / "bob.json").exists()
