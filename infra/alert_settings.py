"""Whom to tell, and of what: what a person may set of alerts with `-c`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

# `none` leaves the two on the API, which roll releases back; `all` adds one for each function's errors and
# throttles and each workflow's failures. See infra/constructs/alarms.py for what they cost.
AlarmMode = Literal["none", "essential", "all"]
_MODES: tuple[AlarmMode, ...] = get_args(AlarmMode)
_EMAIL = re.compile(r"[^\s@,<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# Each is a mail for every alert; a list that many read is better than many addresses.
_MOST_EMAILS = 20
# Names of parameters, as Parameter Store takes them; `aws` and `ssm` are its own.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
_PARAMETER = re.compile(r"/?(?!aws|ssm)[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,14}", re.IGNORECASE)
_LONGEST_PARAMETER = 1011


@dataclass(frozen=True, kw_only=True)
class AlertSettings:
    """Who hears of alerts.

    Attributes:
        emails: Addresses that are asked, by a first mail, whether they want to hear.
        webhook_parameter: The SecureString of Parameter Store with the chat's address; None for no chat.
        alarms: Which alarms there are.
    """

    emails: tuple[str, ...] = ()
    webhook_parameter: str | None = None
    alarms: AlarmMode = "essential"


def read_alert_settings(context: Mapping[str, str]) -> AlertSettings:
    """Return what `-c key=value` asks for.

    Args:
        context: `alert_emails` (with commas between), `alert_webhook_secret` (the name of a parameter) and
            `alarms` (none, essential or all).

    Raises:
        ValueError: naming the key whose value can't be used.
    """
    mode = context.get("alarms", "essential")
    known = {each: each for each in _MODES}
    if mode not in known:
        raise ValueError(f"-c alarms={mode}: none, essential or all")
    return AlertSettings(
        emails=_emails(context.get("alert_emails", "")),
        webhook_parameter=_parameter(context.get("alert_webhook_secret", "")),
        alarms=known[mode],
    )


def _emails(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    for address in found:
        if not _EMAIL.fullmatch(address):
            raise ValueError(f"-c alert_emails={text}: addresses with commas between; {address!r} is none")
    if len(found) > _MOST_EMAILS:
        raise ValueError(f"-c alert_emails: at most {_MOST_EMAILS} addresses; use a mailing list")
    return found


def _parameter(name: str) -> str | None:
    if not name:
        return None
    if len(name) > _LONGEST_PARAMETER or not _PARAMETER.fullmatch(name):
        # The value is not said: it may be the address itself, which is a secret.
        raise ValueError(
            "-c alert_webhook_secret: the name of a SecureString in Parameter Store, such as"
            " /tideline/dev/webhook, and not the address itself"
        )
    return name
