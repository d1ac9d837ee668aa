"""What `tideline status` says of the newest look."""

from __future__ import annotations

from typing import Any

from cli.evidence import lake_of
from cli.session import Session
from cli.sparkline import bars_of
from cli.watching.looks import Looks
from cli.watching.trends import estimate_line, newest_known
from cli.words import ago, score
from tideline.domain.monitoring.look import look_name
from tideline.domain.monitoring.record import MonitoringRecord

_LOOKS = 12


def watched(session: Session, model: str) -> str | None:
    """Return ``version 2 5 min ago: warn; 1 of 8 features drifted; …``, None where nobody has looked yet."""
    looks = Looks(lake_of(session), model, session.note).newest(_LOOKS)
    if not looks:
        return None
    record, line = looks[-1], estimate_line(looks, bars=bars_of(session.out))
    parts = [_drifted(record), *_estimated(record, line), *_realised(record)]
    told = "; ".join(part for part in parts if part)
    return f"version {record.version} {ago(record.at)}: {record.decision}" + (f"; {told}" if told else "")


def short_watched(session: Session, model: str) -> str:
    """Return the decision of the newest look, for a cell of a table."""
    looks = Looks(lake_of(session), model, session.note).newest(1)
    return f"{looks[-1].decision}, version {looks[-1].version}" if looks else ""


def watched_json(session: Session, model: str) -> dict[str, Any] | None:
    """Return the newest look in short as JSON, None where there is none."""
    looks = Looks(lake_of(session), model, session.note).newest(1)
    if not looks:
        return None
    record = looks[-1]
    turned_out = newest_known(record.realised)
    return {
        "look": look_name(record.at, record.cause),
        "at": record.at.isoformat(),
        "version": record.version,
        "decision": record.decision,
        "drifted": [one.name for one in record.drifted],
        "estimated": record.estimate.estimate.estimate if record.estimate else None,
        "realised": turned_out.interval.estimate if turned_out and turned_out.interval else None,
        "mature": turned_out.mature if turned_out else None,
    }


def _drifted(record: MonitoringRecord) -> str:
    compared = sum(one.verdict in ("stable", "drifted") for one in record.features)
    return f"{len(record.drifted)} of {compared} features drifted" if compared else ""


def _estimated(record: MonitoringRecord, line: str) -> list[str]:
    found = record.estimate
    if found is None:
        return []
    doubt = "" if found.trusted else ", not to be relied on"
    return [f"{found.metric} {score(found.estimate.estimate)} estimated{doubt} {line}".rstrip()]


def _realised(record: MonitoringRecord) -> list[str]:
    found = newest_known(record.realised)
    if found is None or found.interval is None:
        return []
    return [f"{score(found.interval.estimate)} realised" + ("" if found.mature else " (immature)")]
