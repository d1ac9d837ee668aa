"""An alarm of CloudWatch that goes off, as a person is told; docs/operations.md says more of each."""

from __future__ import annotations

from datetime import datetime

from tideline.alerting.place import Place, moment
from tideline.domain.alerts.alarm_names import EVERY_FUNCTION, AlarmKind, parse_alarm_name
from tideline.domain.alerts.alert import Alert
from tideline.events.aws import AlarmChanged

_RUNBOOK = "docs/operations.md, section `{section}`, says how."
_HEADLINES = {
    AlarmKind.DEAD_LETTERS: "messages in {watched}: work was given up and needs a person",
    AlarmKind.FUNCTION_ERRORS: "{watched} keeps failing",
    AlarmKind.FUNCTION_THROTTLES: "calls of {watched} are turned away",
    AlarmKind.WORKFLOW_FAILURES: "the {watched} workflow fails",
    AlarmKind.API_ERRORS: "predictions fail with server errors",
    AlarmKind.API_LATENCY: "one prediction in a hundred takes seconds",
}
_ADVICE = {
    AlarmKind.DEAD_LETTERS: (
        "See how many: `tideline doctor`.",
        (
            "Read a message and the log of the function behind the queue, mend the cause, then redrive:"
            " nothing is lost for 14 days."
        ),
    ),
    AlarmKind.FUNCTION_ERRORS: (
        (
            "Its log in CloudWatch, /aws/lambda/<function>, has the stack trace. Events that it was given"
            " come again, and at last lie among the dead letters: `tideline doctor`."
        ),
        "If it began with a deployment, deploy the version before.",
    ),
    AlarmKind.FUNCTION_THROTTLES: (
        (
            "The account's limit of concurrent calls in this region is reached: ask for more (Service Quotas,"
            " AWS Lambda, Concurrent executions). Events wait in their queues; predictions fail."
        ),
    ),
    AlarmKind.WORKFLOW_FAILURES: (
        "Each failed run is told by itself, with its cause: `tideline runs MODEL` and `tideline why RUN`.",
    ),
    AlarmKind.API_ERRORS: (
        (
            "Releases under way and promotions of the last 30 minutes are being rolled back by themselves:"
            " the next messages say which. See what is live: `tideline status`."
        ),
        (
            "If it goes on, an older version is at fault: `tideline rollback MODEL`; or the deployment:"
            " `tideline doctor`, and the log of `predict`."
        ),
    ),
    AlarmKind.API_LATENCY: (
        (
            "Releases under way and promotions of the last 30 minutes are being rolled back by themselves."
            " See what is live: `tideline status`."
        ),
        (
            "If it goes on, look for larger models, longer requests or throttled calls; more memory makes"
            " `predict` faster (infra/functions.py)."
        ),
    ),
}
_OTHER = ("Look at it in CloudWatch, and at the deployment: `tideline doctor`.",)


def alarm_alert(changed: AlarmChanged, place: Place, *, at: datetime) -> Alert:
    """Tell of an alarm: once an hour at most, however often it goes to and fro."""
    known = parse_alarm_name(changed.name)
    kind, watched = known or (None, changed.name)
    spoken = "a function of the account" if watched == EVERY_FUNCTION else watched
    headline = _HEADLINES[kind].format(watched=spoken) if kind else f"alarm {changed.name} went off"
    runbook = (_RUNBOOK.format(section=kind.value),) if kind else ()
    return Alert(
        identity=("alarm", changed.name, f"{at:%Y-%m-%dT%H}"),
        headline=headline[0].upper() + headline[1:],
        facts=(("Alarm", changed.name), ("Environment", place.environment), ("When", moment(at))),
        reasons=(changed.state.reason,) if changed.state.reason else (),
        advice=(*(_ADVICE[kind] if kind else _OTHER), *runbook),
    )
