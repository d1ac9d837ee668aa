"""From an alert to a letter: whatever the values hold, each stays on its line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tideline.domain.alerts.alert import Alert, Letter
from tideline.domain.alerts.plain_text import ascii_line, one_line

# SNS wants less than 100 characters of ASCII on one line.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT = 99
_MAX_LINE = 600
_MAX_NAME = 40
_MAX_REASONS = 10
# `up` is about the local cloud alone.
_COMMAND = re.compile(r"`(tideline (?!up\b)[^`]+)`")


def letter_of(alert: Alert, *, environment: str, cli_environment: str) -> Letter:
    """Put an alert into words.

    Args:
        alert: The alert.
        environment: The name of the environment, for the subject.
        cli_environment: What commands have to name with `--env`; empty on the local cloud.
    """
    return Letter(
        subject=ascii_line(f"[Tideline {environment}] {alert.headline}", most=MAX_SUBJECT),
        text="\n".join(_lines(alert, cli_environment)),
    )


def addressed(sentence: str, cli_environment: str) -> str:
    """Return a sentence whose commands name the environment that they are meant for."""
    if not cli_environment:
        return sentence
    return _COMMAND.sub(lambda found: f"`{found[1]} --env {cli_environment}`", sentence)


def _lines(alert: Alert, cli_environment: str) -> Iterator[str]:
    yield f"{one_line(alert.headline, most=_MAX_LINE)}."
    yield ""
    for name, value in alert.facts:
        yield f"{one_line(name, most=_MAX_NAME)}: {one_line(value, most=_MAX_LINE)}"
    if alert.reasons:
        yield from ("", "Why:")
        yield from (f"- {one_line(reason, most=_MAX_LINE)}" for reason in alert.reasons[:_MAX_REASONS])
        if (more := len(alert.reasons) - _MAX_REASONS) > 0:
            yield f"- and {more} more"
    yield from ("", "What to do:")
    yield from (f"- {one_line(addressed(said, cli_environment), most=_MAX_LINE)}" for said in alert.advice)
