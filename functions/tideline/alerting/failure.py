"""`RunFailed`, as a person is told: of a run, a release, a rollback, a batch job or a command."""

from __future__ import annotations

from tideline.alerting.advice import advise, advise_release, story_command
from tideline.alerting.place import day, moment
from tideline.domain.alerts.alert import Alert
from tideline.events.facts import RunFailed

# Tasks of the release and the batch workflow. What failed in a release is that alone: its run was fine.
RELEASE_STAGES = frozenset({"Preflight", "RequestApproval", "Shift", "Judge", "RollBack"})
BATCH_STAGES = frozenset({"Split", "Score", "Conclude"})


def failure_alert(fact: RunFailed) -> Alert:
    """Tell what failed, and what helps; the same failure of the same work is told once a day."""
    model = fact.model
    return Alert(
        identity=("failure", model, fact.run_id, fact.stage, fact.error, fact.cause, day(fact.occurred_at)),
        headline=f"{model or 'A command'}: {fact.run_id} failed in {fact.stage}: {fact.error}",
        facts=(
            ("Model", model or "none that can be named"),
            ("What", fact.run_id),
            ("Where", fact.stage),
            ("When", moment(fact.occurred_at)),
        ),
        reasons=(f"{fact.error}: {fact.cause}",),
        advice=tuple(_advice(fact)),
    )


def _advice(fact: RunFailed) -> list[str]:
    model = fact.model
    if fact.error == "Malformed":
        return ["Send the command again as its schema wants it: samples and schemas are in `events/`."]
    if fact.stage == "rollback":
        return [f"See what is live: `tideline status {model}`. To try again: `tideline rollback {model}`."]
    if fact.stage in BATCH_STAGES:
        return [
            advise(fact.error, model=model, run=fact.run_id),
            f"Nothing of the file was announced. Score it again: `tideline push {model} FILE --batch`.",
        ]
    if fact.stage in RELEASE_STAGES:
        said = advise_release(fact.error, model=model, run=fact.run_id, version="VERSION")
        return [f"What was live goes on. {said}", _whole_story(fact)]
    return [advise(fact.error, model=model, run=fact.run_id), _whole_story(fact)]


def _whole_story(fact: RunFailed) -> str:
    command = story_command(model=fact.model, run=fact.run_id)
    said = "See the whole story" if " why " in command else "See where things stand"
    return f"{said}: `{command}`."
