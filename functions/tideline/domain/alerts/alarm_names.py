"""How alarms are named: written by the stack, read by who explains them.

    tideline-<env>/<kind>/<what it watches>     such as tideline-dev/dead-letters/intake-dead-letters
    tideline-<env>-api-errors, -api-latency     those that also roll back

An environment's name holds no slash, so that no other environment's alarms start like one's own.
"""

from __future__ import annotations

from enum import StrEnum

# In the place of a function's name: every function of the account and region together.
EVERY_FUNCTION = "every-function"


class AlarmKind(StrEnum):
    """What an alarm watches."""

    DEAD_LETTERS = "dead-letters"
    FUNCTION_ERRORS = "function-errors"
    FUNCTION_THROTTLES = "function-throttles"
    WORKFLOW_FAILURES = "workflow-failures"
    API_ERRORS = "api-errors"
    API_LATENCY = "api-latency"


def alarm_prefix(environment_prefix: str) -> str:
    """What the names of an environment's alarms start with, those apart that also roll back."""
    return f"{environment_prefix}/"


def alarm_name(environment_prefix: str, kind: AlarmKind, watched: str) -> str:
    """Name an alarm."""
    return f"{alarm_prefix(environment_prefix)}{kind.value}/{watched}"


def parse_alarm_name(name: str) -> tuple[AlarmKind, str] | None:
    """Return an alarm's kind and what it watches; None for a name that is none of ours."""
    _, _, rest = name.partition("/")
    kind, _, watched = rest.partition("/")
    if watched and kind in set(AlarmKind):
        return AlarmKind(kind), watched
    for of_api in (AlarmKind.API_ERRORS, AlarmKind.API_LATENCY):
        if name.endswith(f"-{of_api.value}"):
            return of_api, "the API"
    return None
