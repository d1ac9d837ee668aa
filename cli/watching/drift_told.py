"""Drift as a table with little bars, and as JSON.

Imported only where drift is told: distributions need numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.session import Session
from cli.sparkline import bars_of, sparkline
from cli.watching.look_told import STYLES, told_estimate, told_realised
from cli.watching.seen import Seen
from cli.watching.trends import estimate_line, newest_known, periods, psi_by_look, psi_line, realised_line
from cli.words import ago
from tideline.domain.monitoring.record import ColumnDrift
from tideline.monitoring_report.distributions import Bar
from tideline.monitoring_report.words import VERDICTS, index, shares, strange
from tideline.page.words import moment, printable

_COLUMNS = ("feature", "verdict", "PSI", "over time", "then", "now", "missing, strange values")
_WHOLE = ("verdict", "PSI", "over time", "then", "now")
# Looks and bars of a distribution side by side, and on a terminal from which width on as many more.
_LOOKS, _BARS = 8, 8
_WIDE, _MORE_LOOKS, _MORE_BARS = 100, 16, 2


def tell_drift(session: Session, seen: Seen, *, large: float) -> None:
    """Show the features of the newest look, then the answers and the quality over all looks."""
    record, bars = seen.record, bars_of(session.out)
    told = f"{record.decision}, {ago(record.at)}: version {record.version}"
    window = f"{moment(record.since)} to {moment(record.until)}, {record.traffic.rows:,} rows"
    session.say(f"{told}, {window}", style=STYLES[record.decision])
    wide = session.out.width >= _WIDE
    rows = [_row(seen, one, large=large, bars=bars, wide=wide) for one in record.features]
    if rows:
        session.table(_COLUMNS, rows, right=("PSI",), whole=_WHOLE)
    turned_out = periods(seen.looks)
    newest = newest_known(turned_out)
    session.facts(
        {
            **{f"answer {printable(one.name)}": _answer(seen, one, bars=bars) for one in record.answers},
            "estimated": _beside(estimate_line(seen.looks, bars=bars), told_estimate(record)),
            "realised": _beside(
                realised_line(turned_out, bars=bars), told_realised([newest] if newest else [])
            ),
        }
    )
    if record.drifted:
        session.say(f"To see all of it drawn: tideline monitor {record.model} --out FILE")


def drift_json(seen: Seen) -> dict[str, Any]:
    """Return everything that the table is made from."""
    record = seen.record
    return {
        "model": record.model,
        "version": record.version,
        "at": record.at.isoformat(),
        "decision": record.decision,
        "features": [
            {
                **one.model_dump(mode="json"),
                "psi_by_look": psi_by_look(seen.looks, one.name),
                "distribution": _as_json(seen.feature(one.name)),
            }
            for one in record.features
        ],
        "answers": [
            {**one.model_dump(mode="json"), "distribution": _as_json(seen.answer(one.name))}
            for one in record.answers
        ],
        "looks": [
            {
                "until": look.until.isoformat(),
                "version": look.version,
                "decision": look.decision,
                "estimate": look.estimate.model_dump(mode="json") if look.estimate else None,
            }
            for look in seen.looks
        ],
        "realised": [one.model_dump(mode="json") for one in periods(seen.looks)],
    }


def _row(seen: Seen, one: ColumnDrift, *, large: float, bars: str, wide: bool) -> list[object]:
    looks = seen.looks[-(_LOOKS + _MORE_LOOKS * wide) :]
    over_time = psi_line(looks, one.name, large=large, bars=bars)
    then, now = _then_and_now(seen.feature(one.name, most=_BARS + _MORE_BARS * wide), bars=bars)
    missing = shares(one.reference_missing, one.missing)
    beside = ", ".join(part for part in (f"missing {missing}" if missing else "", strange(one)) if part)
    return [printable(one.name), VERDICTS[one.verdict], index(one.psi), over_time, then, now, beside]


def _answer(seen: Seen, one: ColumnDrift, *, bars: str) -> str:
    then, now = _then_and_now(seen.answer(one.name), bars=bars)
    drawn = f"{then} then, {now} now, " if then else ""
    return f"{drawn}PSI {index(one.psi)}, {VERDICTS[one.verdict]}"


def _then_and_now(found: Sequence[Bar], *, bars: str) -> tuple[str, str]:
    if not found:
        return "", ""
    high = max(max(bar.then, bar.now) for bar in found)
    then, now = [bar.then for bar in found], [bar.now for bar in found]
    return sparkline(then, bars=bars, low=0.0, high=high), sparkline(now, bars=bars, low=0.0, high=high)


def _beside(line: str, told: str | None) -> str | None:
    return told if not line or told is None else f"{line}  {told}"


def _as_json(found: Sequence[Bar]) -> list[dict[str, Any]]:
    return [{"values": bar.label, "then": bar.then, "now": bar.now, "strange": bar.strange} for bar in found]
