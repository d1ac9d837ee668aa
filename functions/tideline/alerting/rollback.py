"""`ModelRolledBack`, as a person is told."""

from __future__ import annotations

from tideline.alerting.place import moment
from tideline.domain.alerts.alert import Alert
from tideline.events.facts import ModelRolledBack

_BY = {
    "judge": "the judge of releases, by the calls of both versions",
    "request": "somebody who asked for it",
    "alarm": "an alarm on the API",
    "failure": "the failure of its release",
}


def rollback_alert(fact: ModelRolledBack) -> Alert:
    """Tell who answers again; the deployment's generation tells one rollback from the next."""
    model, version, restored = fact.model, fact.version, fact.restored
    who = f": {fact.requested_by}" if fact.requested_by else ""
    return Alert(
        identity=("rollback", model, str(fact.generation)),
        headline=f"{model}: version {version} is rolled back, version {restored} answers again",
        facts=(
            ("Model", f"{model}, version {version} gone, version {restored} live"),
            ("Decided by", f"{_BY[fact.by]}{who}"),
            ("When", moment(fact.occurred_at)),
            *((("Release", fact.release_id),) if fact.release_id else ()),
        ),
        reasons=fact.reasons,
        advice=(
            "Callers are answered: nothing is urgent.",
            (
                f"See what was compared, and when: `tideline audit log {model}`; what is live:"
                f" `tideline status {model}`."
            ),
            (
                f"To try it once more: `tideline release {model} {version}`. To make a better one:"
                f" `tideline push {model} FILE`."
            ),
        ),
    )
