"""Who types: the IAM identity behind the credentials, or at least the name of the person at the machine."""

from __future__ import annotations

import getpass

from botocore.exceptions import BotoCoreError, ClientError

from cli.target import Target


def whoami(target: Target) -> str:
    """Return the caller's ARN, or the operating system's user where STS does not tell it.

    It goes into events as a claim: the bus does not prove who puts one. What it is good for is that whoever
    says honestly that they asked cannot approve what came of it.
    """
    try:
        return str(target.sts.get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return _user()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
