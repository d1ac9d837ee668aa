"""`PerformanceDropped`, as a person is told."""

from __future__ import annotations

from tideline.alerting.place import Place, day, moment
from tideline.domain.alerts.alert import Alert
from tideline.domain.evaluation.verdict.check_words import number
from tideline.events.facts import PerformanceDropped


def performance_alert(fact: PerformanceDropped, place: Place) -> Alert:
    """Tell of answers that turned out worse: once a day for each version and end of a period."""
    model, version = fact.model, fact.version
    return Alert(
        identity=("performance", model, str(version), day(fact.until)),
        headline=f"{model} v{version}: {fact.metric} has dropped to {number(fact.value)}",
        facts=(
            ("Model", f"{model}, version {version}"),
            ("Period", f"{moment(fact.since)} to {moment(fact.until)}, {fact.labelled:,} known outcomes"),
            (
                "Quality",
                (
                    f"{fact.metric} {number(fact.value)} ({number(fact.low)} to {number(fact.high)}),"
                    f" {number(fact.reference)} on the holdout"
                ),
            ),
            ("Report", place.address(fact.report_key)),
        ),
        reasons=fact.reasons,
        advice=(
            f"See which rows are worse: `tideline drift {model}`, and the report.",
            (
                f"A run starts by itself unless a rule forbids it: `tideline runs {model}` shows it. Newer"
                f" data helps it: `tideline push {model} FILE`."
            ),
            f"If the version before was better, go back now: `tideline rollback {model}`.",
        ),
    )
