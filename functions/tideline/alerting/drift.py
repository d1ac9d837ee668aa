"""`DriftDetected`, as a person is told."""

from __future__ import annotations

from tideline.alerting.place import Place, day, moment
from tideline.domain.alerts.alert import Alert
from tideline.domain.evaluation.verdict.check_words import number
from tideline.events.facts import DriftDetected, DriftedColumn

_MOST_FEATURES = 5
_HEADLINES = {
    "warning": "{model} v{version}: its input has shifted, without harm that can be seen",
    "retrain": "{model} v{version}: harmful drift, a new run is asked for",
}
_ADVICE = {
    "warning": "Nothing starts by itself. If you know that the world has changed, and data of it is there:"
    " `tideline retrain {model}`.",
    "retrain": "A run starts by itself unless a rule forbids it: `tideline runs {model}` shows it, and"
    " `tideline status {model}` what is live. If new data has to come first: `tideline push {model} FILE`.",
}


def drift_alert(fact: DriftDetected, place: Place) -> Alert:
    """Tell of a shift: once a day for each version and severity, however often it is looked at."""
    spoken = {"model": fact.model, "version": fact.version}
    return Alert(
        identity=("drift", fact.model, str(fact.version), fact.severity, day(fact.until)),
        headline=_HEADLINES[fact.severity].format(**spoken),
        facts=(
            ("Model", f"{fact.model}, version {fact.version}"),
            ("Window", f"{moment(fact.since)} to {moment(fact.until)}, {fact.rows:,} rows"),
            ("Shifted", _features(fact.features)),
            *_estimate(fact),
            ("Report", place.address(fact.report_key)),
        ),
        reasons=fact.reasons,
        advice=(
            "See every feature, then and now: `tideline drift {model}`.".format(**spoken),
            _ADVICE[fact.severity].format(**spoken),
        ),
    )


def _features(features: tuple[DriftedColumn, ...]) -> str:
    shown = [f"{feature.name} (PSI {number(feature.psi)})" for feature in features[:_MOST_FEATURES]]
    more = len(features) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "") or "no feature by itself"


def _estimate(fact: DriftDetected) -> tuple[tuple[str, str], ...]:
    if fact.estimated is None:
        return (("Estimated quality", "cannot be told before outcomes are known"),)
    before = "" if fact.reference is None else f", {number(fact.reference)} on the holdout"
    return (("Estimated quality", f"{fact.metric} {number(fact.estimated)}{before}"),)
