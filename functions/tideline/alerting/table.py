"""The table of who is told what: an event's type, and what makes an alert of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tideline.alerting.alarm import alarm_alert
from tideline.alerting.approval import approval_alert
from tideline.alerting.drift import drift_alert
from tideline.alerting.failure import failure_alert
from tideline.alerting.performance import performance_alert
from tideline.alerting.place import Place
from tideline.alerting.rollback import rollback_alert
from tideline.domain.alerts.alert import Alert
from tideline.events.aws import ALARM, AlarmChanged
from tideline.events.base import Envelope, Fact
from tideline.events.facts import (
    ApprovalRequested,
    DriftDetected,
    ModelRolledBack,
    PerformanceDropped,
    RunFailed,
)

ALERTS: dict[type[Fact], Callable[[Any, Place], Alert]] = {
    DriftDetected: drift_alert,
    PerformanceDropped: performance_alert,
    RunFailed: lambda fact, _place: failure_alert(fact),
    ModelRolledBack: lambda fact, _place: rollback_alert(fact),
    ApprovalRequested: approval_alert,
}
_BY_TYPE = {fact.detail_type(): (fact, tell) for fact, tell in ALERTS.items()}


def alert_of(envelope: Envelope, place: Place) -> Alert | None:
    """Return what to tell of an event; None for an alarm that is over.

    Raises:
        ValueError: nobody is told of such events; a rule is wrong.
        pydantic.ValidationError: it is not what its type says.
    """
    if envelope.detail_type == ALARM:
        changed = AlarmChanged.model_validate(envelope.detail)
        return alarm_alert(changed, place, at=envelope.time) if changed.state.value == "ALARM" else None
    if envelope.detail_type not in _BY_TYPE:
        raise ValueError(f"nobody is told of {envelope.detail_type}")
    fact, tell = _BY_TYPE[envelope.detail_type]
    return tell(fact.model_validate(envelope.detail), place)
