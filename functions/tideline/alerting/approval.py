"""`ApprovalRequested`, as a person is told."""

from __future__ import annotations

from tideline.alerting.place import Place, moment
from tideline.domain import keys
from tideline.domain.alerts.alert import Alert
from tideline.domain.evaluation.verdict.check_words import number
from tideline.events.facts import ApprovalRequested

_CARD = "card.html"


def approval_alert(fact: ApprovalRequested, place: Place) -> Alert:
    """Ask for an answer; a release asks once."""
    model, version = fact.model, fact.version
    against = "" if fact.champion_value is None else f", {number(fact.champion_value)} of what is live"
    return Alert(
        identity=("approval", model, str(version), fact.release_id),
        headline=f"{model} v{version} waits for approval until {moment(fact.expires_at)}",
        facts=(
            ("Model", f"{model}, version {version}, of run {fact.run_id}"),
            ("Asked for by", ", ".join(fact.requested_by) or "data or a schedule"),
            ("Quality", f"{fact.metric} {number(fact.value)}{against}"),
            ("Artifact", f"SHA-256 {fact.artifact_sha256}"),
            ("Card", place.address(keys.version_key(model, version, _CARD))),
        ),
        reasons=fact.reasons,
        advice=(
            (
                f"Read its card, `tideline card {model} {version}`, and every metric,"
                f" `tideline show {model} {version}`."
            ),
            (
                f"Then answer, as somebody else than who asked: `tideline approve {model} {version}` or"
                f" `tideline reject {model} {version}`."
            ),
            "If nobody answers in time it stays a candidate, and what is live goes on.",
        ),
    )
