"""`DriftDetected`, as a person is told."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.alerting.place import Place, day, moment
from tideline.domain.alerts.alert import Alert
from tideline.domain.evaluation.verdict.check_words import number
from tideline.events.facts import DriftDetected, DriftedColumn

_MOST_FEATURES = 5
# In every reason that suspects a drop, of an estimate that is not trusted or of a slice, and in no other of
# a warning.
_SUSPICION = "quality has dropped"
_SHIFTED = {
    (True, False): "its input has shifted",
    (False, True): "its answers have shifted",
    (True, True): "its input and its answers have shifted",
    (False, False): "",
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
        headline=f"{fact.model} v{fact.version}: {_news(fact)}",
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


def _news(fact: DriftDetected) -> str:
    if fact.severity == "retrain":
        return "harmful drift, a new run is asked for"
    features = any(_is_feature(column, fact.reasons) for column in fact.features)
    answers = any(not _is_feature(column, fact.reasons) for column in fact.features)
    shifted = _SHIFTED[features, answers]
    if any(_SUSPICION in reason for reason in fact.reasons):
        return f"{shifted}, and quality may have dropped" if shifted else "quality may have dropped"
    if features:
        return f"{shifted}, without harm that can be seen"
    return f"{shifted}, and no feature says why" if shifted else "something has changed"


def _is_feature(column: DriftedColumn, reasons: Sequence[str]) -> bool:
    """Tell a feature by its importance, which answers have none of, or by what is said of it."""
    return column.importance is not None or any(
        reason.startswith(f"{column.name} has drifted") for reason in reasons
    )


def _features(features: tuple[DriftedColumn, ...]) -> str:
    shown = [f"{feature.name} (PSI {number(feature.psi)})" for feature in features[:_MOST_FEATURES]]
    more = len(features) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "") or "no feature by itself"


def _estimate(fact: DriftDetected) -> tuple[tuple[str, str], ...]:
    if fact.estimated is None:
        return (("Estimated quality", "cannot be told before outcomes are known"),)
    told = f"{fact.metric} estimated {number(fact.estimated)} now"
    if fact.reference is not None:
        told += f", {number(fact.reference)} of the holdout by the same estimate"
    return (("Estimated quality", told + _doubt(fact)),)


def _doubt(fact: DriftDetected) -> str:
    """Say why not to trust the estimate: what makes it doubtful comes before what always holds."""
    if fact.trusted is not False:
        return ""
    why = f": {fact.caveats[0]}" if fact.caveats else ""
    return f"; an estimate that is not to be relied on{why}"
