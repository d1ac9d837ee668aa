"""What was decided about versions, for lists of them: the decisive metric's interval, and who approved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cli.evidence import lake_of
from cli.session import Session
from cli.words import bounds
from tideline.domain import keys
from tideline.domain.ledger.entry import DecisionKind, LedgerEntry
from tideline.domain.release.version import ModelVersion
from tideline.errors import ObjectMissing, ObjectUnreadable

# Each is a read of the lake: a screenful is worth half a second, hundreds are not worth a minute.
_READ = 20


def decisive_intervals(session: Session, versions: Sequence[ModelVersion]) -> dict[int, str]:
    """Return the interval of the metric that decided, for the first of the versions given."""
    lake = lake_of(session)
    found = {}
    for version in versions[:_READ]:
        try:
            report = json.loads(lake.read(keys.version_key(version.model, version.number, "report.json")))
            decisive = report["decisive"]
            found[version.number] = bounds(float(decisive["low"]), float(decisive["high"]))
        except (ObjectMissing, ObjectUnreadable, ValueError, KeyError, TypeError):
            # A list is no place to fail over one report; `tideline show` says what is wrong with it.
            continue
    return found


def approvers_of(entries: Iterable[LedgerEntry]) -> dict[int, str]:
    """Return who approved each version, by the newest entry about it."""
    approvers: dict[int, str] = {}
    for entry in entries:
        decision = entry.decision
        kind, _, number = decision.subject.partition(" ")
        if decision.kind is DecisionKind.APPROVAL and kind == "version" and number.isdecimal():
            approvers.pop(int(number), None)
            if decision.facts.get("decision") == "approve":
                approvers[int(number)] = decision.by
    return approvers


def short_identity(arn: str) -> str:
    """Return what a person is called in an IAM identity: the last part of its ARN."""
    return arn.rpartition("/")[2]
