"""People of the local cloud: IAM users of it, each made when somebody first acts as them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cli.local.errors import LocalCloudError
from tideline.adapters.aws_errors import error_code

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Person:
    """A user and the keys that calls are signed with."""

    name: str
    access_key_id: str
    secret_access_key: str


def person(iam: Any, folder: Path, name: str, *, policies: Sequence[str]) -> Person:
    """Return a user of the local cloud, made now unless known.

    Args:
        iam: Its IAM client, as the account's root.
        folder: Where the keys are kept, readable by the owner only.
        name: Small letters, digits and hyphens.
        policies: ARNs of what a user may do.

    Raises:
        LocalCloudError: the name cannot be a user's.
    """
    if not _NAME.fullmatch(name):
        raise LocalCloudError(f"{name!r} cannot be a user: up to 32 small letters, digits and hyphens")
    file = folder / f"{name}.json"
    known = _read(file)
    if known is not None:
        return known
    _make(iam, name)
    for policy in policies:
        iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    made = Person(name, key["AccessKeyId"], key["SecretAccessKey"])
    _write(file, made)
    return made


def _make(iam: Any, name: str) -> None:
    try:
        iam.create_user(UserName=name)
    except ClientError as exc:
        if error_code(exc) != "EntityAlreadyExists":
            raise


def _read(file: Path) -> Person | None:
    try:
        return Person(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write(file: Path, made: Person) -> None:
    """Write the keys so that nobody else can read them, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        json.dump(asdict(made), output)
    unfinished.replace(file)
