"""`tideline audit verify` and `audit log`: whether what was decided is still what stands there."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.errors import DOES_NOT_FIT, FAILED, UsageFault
from cli.session import Session
from cli.words import count
from tideline.domain.ledger.decisions import RECORD
from tideline.domain.ledger.entry import LedgerEntry
from tideline.errors import RegistryConflict
from tideline.services.audit_ledger import Audit

VERIFY_EXAMPLES = (
    "tideline audit verify churn",
    "tideline audit verify churn --head SHA256    (a hash that an earlier audit showed)",
    "tideline audit verify",
)
LOG_EXAMPLES = ("tideline audit log churn", "tideline audit log churn --json")

_SHA256 = re.compile(r"[0-9a-f]{64}")
# A hash is compared by its beginning on a screen, and whole in JSON.
_SHOWN = 12


def verify(
    session: Session,
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="[default: all of them]")] = None,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="SHA256",
            help="A head's hash that was noted elsewhere: whoever may write the table could have written"
            " the whole ledger anew, and only this tells.",
        ),
    ] = None,
) -> int | None:
    """Recompute a model's ledger, and hold the registry against it; 6 where something does not fit.

    Names the first entry that does not fit.
    """
    if head is not None and model is None:
        raise UsageFault("a head is the head of one model's ledger: name the model, too")
    if head is not None and not _SHA256.fullmatch(head):
        raise UsageFault(f"{head!r} is no SHA-256: 64 digits from 0 to 9 and a to f")
    audit = session.registry.audit_ledger
    names = session.registry.specs.models() if model is None else [model]
    audits, unaudited = [], []
    for name in names:
        try:
            audits.append(audit(name, noted_sha256=head))
        except RegistryConflict as conflict:
            if model is not None:
                raise
            # One model about which much is decided keeps nobody from hearing of the others.
            session.note(f"{name}: not audited: {conflict.message}; try again: tideline audit verify {name}")
            unaudited.append(name)
    if session.json:
        told = [_json(each) for each in audits]
        session.emit(told if model is None else told[0])
    elif not names:
        session.say("No models yet, so there is no ledger.")
    else:
        for each in audits:
            _show(session, each)
    if any(each.misfit for each in audits):
        return DOES_NOT_FIT
    return FAILED if unaudited else None


def log(session: Session, model: Annotated[str, typer.Argument(metavar="MODEL")]) -> None:
    """List every decision about a model, oldest first: what, by whom, when, and what it rests on.

    Nothing is checked here.
    """
    entries = session.registry.ledger.stored(model)
    if not entries:
        session.registry.spec(model)
    if session.json:
        session.emit([entry.model_dump(mode="json") if entry else None for entry in entries])
        return
    session.table(
        ["entry", "when", "decision", "about", "by", "facts", "hash"],
        [_row(place, entry) for place, entry in enumerate(entries, start=1)],
        right=("entry",),
    )


def _json(audit: Audit) -> dict[str, object]:
    return audit.model_dump(mode="json") | {"fits": audit.misfit is None}


def _show(session: Session, audit: Audit) -> None:
    entries = count(audit.entries, "entry", "entries")
    if audit.misfit is None:
        session.say(f"{audit.model}: {entries}, and everything fits", style="green")
    else:
        session.say(f"{audit.model}: {audit.misfit.sentence}", style="bold red")
        session.say(f"{entries} in all; what stands before the one that does not fit, fits", indent=2)
    session.say(f"head {audit.head_sha256}", indent=2, copied=True)


def _row(place: int, entry: LedgerEntry | None) -> list[object]:
    if entry is None:
        return [place, "", "cannot be read", "", "", "", ""]
    decision = entry.decision
    return [
        place,
        f"{decision.at:%Y-%m-%d %H:%M:%S}",
        decision.kind.value,
        decision.subject,
        decision.by,
        _facts(entry),
        entry.sha256[:_SHOWN],
    ]


def _facts(entry: LedgerEntry) -> str:
    shown = [
        f"{name}={_short(value)}"
        for name, value in entry.decision.facts.items()
        if value is not None and name != RECORD
    ]
    return ", ".join(shown)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text[:_SHOWN] if _SHA256.fullmatch(text) else text
