"""`tideline doctor`: what is missing on this machine or in this account."""

from __future__ import annotations

from collections.abc import Iterator

from cli.errors import CliError
from cli.health.deployment import look_at_account, look_at_stack
from cli.health.finding import Finding, Verdict
from cli.health.machine import look_at_local_cloud, look_at_machine
from cli.local.places import Places
from cli.session import Session
from cli.target import local_target

EXAMPLES = ("tideline doctor", "tideline doctor --env prod")
_SIGNS = {
    Verdict.OK: ("ok", "green"),
    Verdict.WARNING: ("look", "yellow"),
    Verdict.MISSING: ("missing", "red"),
}
_WIDTH = 9


def doctor(session: Session) -> int:
    """Look for what is missing, and say what to do about it; exit code 1 where something is."""
    findings = []
    with session.waiting("Looking") as line:
        for finding in _findings(session):
            line.update(f"Looking: {finding.name}")
            findings.append(finding)
            if not session.json:
                _show(session, finding)
    if session.json:
        session.emit([finding.to_json() for finding in findings])
    bad = any(finding.verdict is Verdict.MISSING for finding in findings)
    return 1 if bad else 0


def _findings(session: Session) -> Iterator[Finding]:
    places = Places()
    yield from look_at_machine(places)
    if session.environment is not None:
        yield from look_at_account(session.environment)
        return
    yield from look_at_local_cloud(places)
    try:
        target = local_target()
    except CliError:
        # Said already, with what to do.
        return
    yield from look_at_stack(target)


def _show(session: Session, finding: Finding) -> None:
    sign, style = _SIGNS[finding.verdict]
    session.out.print(f"{sign:<{_WIDTH}}", style=style, end="", highlight=False)
    session.out.print(f"{finding.name}: {finding.detail}", markup=False, highlight=False, soft_wrap=True)
    if finding.remedy:
        session.out.print(f"{'':<{_WIDTH}}{finding.remedy}", markup=False, highlight=False, soft_wrap=True)
