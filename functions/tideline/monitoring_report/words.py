"""What a look found, in the words that the page and the command line share."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tideline.domain.monitoring.record import ColumnDrift, Decision, MonitoringRecord
from tideline.page.blocks import Tone
from tideline.page.words import NOTHING, count, moment, number, percent

TONES: dict[Decision, Tone] = {"stable": "good", "warn": "warn", "retrain": "bad", "undecided": ""}
_MEANINGS: dict[Decision, str] = {
    "stable": "Nothing was found that would have to be done.",
    "warn": "The input has shifted. Nothing shows that it does harm, so no run was asked for.",
    "retrain": "What has changed does harm, or may, or the answers are worse: the model should learn anew.",
    "undecided": "There was too little to decide on.",
}
_SUSPECTED = "Quality may have dropped. That is not sure enough for a run to be asked for."
_UNEXPLAINED = "The answers have shifted, and no feature says why. Whether that does harm is not known."
VERDICTS = {
    "stable": "stable",
    "drifted": "drifted",
    "too_few": "too few rows",
    "not_compared": "not compared",
}
_SMALLEST = 1e-4
_SMALLEST_INDEX = 0.001
_DAY = timedelta(days=1)


def meaning(record: MonitoringRecord) -> str:
    """Return what the decision means; a warning is called harmless only where nothing says otherwise."""
    if record.decision != "warn":
        return _MEANINGS[record.decision]
    if _drop_is_suspected(record):
        return _SUSPECTED
    return _MEANINGS["warn"] if record.drifted else _UNEXPLAINED


def next_steps(record: MonitoringRecord) -> tuple[str, ...]:
    """Return what a person may do now, commands included."""
    model = record.model
    if record.decision == "stable":
        return ("Nothing: the next look comes by itself.",)
    if record.decision == "undecided" and record.traffic.rows < record.min_rows:
        rows = f"{count(record.traffic.rows, 'row')} of at least {record.min_rows:,}"
        return (
            f"Wait for traffic: the window holds {rows}.",
            "If there will never be as many, lower monitoring.min_rows in the spec.",
        )
    if record.decision == "undecided":
        return (
            "See the reasons above, and the notes at the end.",
            f"If its reference is missing, a new version will have one: tideline retrain {model} --force",
        )
    looked = "Find out whether the change is real or a fault of whatever sends the requests."
    if record.decision == "warn":
        return (looked, f"If it is real and lasts, train on newer rows: tideline push {model} FILE")
    return (
        f"See whether a run has started, or why not: tideline runs {model}, tideline status {model}",
        f"Drop newer rows with their outcomes, if there are some: tideline push {model} FILE",
        looked,
    )


def _drop_is_suspected(record: MonitoringRecord) -> bool:
    """Tell whether a doubtful estimate, or a slice of the newest mature period, has dropped."""
    found = record.estimate
    newest = next((period for period in reversed(record.realised) if period.mature), None)
    slices = newest.slices if newest else ()
    return bool(found and found.dropped and not found.trusted) or any(one.dropped for one in slices)


def p_value(value: float | None) -> str:
    """Return ``0.032`` or ``< 0.0001``."""
    if value is None:
        return NOTHING
    return f"< {_SMALLEST:.4f}" if value < _SMALLEST else number(value, digits=2)


def index(value: float | None) -> str:
    """Return a PSI or a distance: ``0.213``, ``7.69`` or ``< 0.001``."""
    if value is None:
        return NOTHING
    if 0 < value < _SMALLEST_INDEX:
        return f"< {_SMALLEST_INDEX}"
    return f"{value:.3f}" if value < 1 else number(value, digits=3)


def shares(then: float, now: float) -> str:
    """Return ``1 % → 3 %``, one of them where they read alike, or nothing where both are 0."""
    if not then and not now:
        return ""
    before, after = percent(then), percent(now)
    return before if before == after else f"{before} \N{RIGHTWARDS ARROW} {after}"


def strange(column: ColumnDrift) -> str:
    """Return the share of values that the reference has none of, and why; empty where there are none."""
    if column.unseen:
        return f"{percent(column.unseen)} unseen"
    return f"{percent(column.outside)} outside" if column.outside else ""


def verdict(column: ColumnDrift) -> str:
    """Return the verdict, with its reason where nothing could be compared."""
    told = VERDICTS[column.verdict]
    return f"{told}: {column.reason}" if column.verdict == "not_compared" and column.reason else told


def period(since: datetime, until: datetime) -> str:
    """Return ``2026-11-07``, or both moments where it is not a day."""
    if since.time() == until.time() == time() and until - since == _DAY:
        return moment(since)[:10]
    return f"{moment(since)} to {moment(until)}"
