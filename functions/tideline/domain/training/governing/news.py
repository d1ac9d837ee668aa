"""Which denials are told: a subscriber wants to hear that a model waits, and why, but not every hour."""

from __future__ import annotations

from tideline.domain.training.admission import Denial, Request
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Trigger

# Limits that a person has set, and may lift: worth telling although only a file asked.
_SET_BY_PEOPLE = frozenset({Denial.RUN_BUDGET, Denial.COST_BUDGET, Denial.BREAKER_OPEN})
# `DriftDetected` and `PerformanceDropped` have been told already, and come again.
_MEASURED = frozenset({Trigger.DRIFT, Trigger.PERFORMANCE})


def is_news(request: Request, denial: Denial) -> bool:
    """Tell whether the denial of a request that is not remembered is told.

    A person is always answered, and so is a schedule, which comes at its own pace. Nobody waits for an
    answer to a file, nor where the spec does not ask for what monitoring finds out.
    """
    if request.trigger in _MEASURED:
        return denial is not Denial.NOT_ASKED_FOR
    return request.trigger is not Trigger.DATA


def already_told(request: Request, before: Wish | None) -> Denial | None:
    """Return the reason that was told of what waited until now, if it is told once for both.

    Repetitions of a trigger are one wish; each person is answered for themselves.
    """
    if before is None or before.trigger is not request.trigger:
        return None
    if request.trigger is Trigger.REQUEST and before.event_id != request.event_id:
        return None
    return before.told


def is_news_remembered(request: Request, denial: Denial, *, told: Denial | None, stored: bool) -> bool:
    """Tell whether it is told that a request waits: once for each trigger and reason, whatever else comes.

    Args:
        request: Who asks.
        denial: Why not now.
        told: What `already_told` says.
        stored: Whether the request is what is remembered now; else a stronger one is.
    """
    if told is denial:
        return False
    if request.trigger is Trigger.REQUEST:
        return True
    return stored and (request.trigger is not Trigger.DATA or denial in _SET_BY_PEOPLE)
