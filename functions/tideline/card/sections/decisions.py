"""Approvals and the ledger: who decided what about this version."""

from __future__ import annotations

from tideline.card.evidence import Evidence
from tideline.domain.ledger.entry import LedgerEntry
from tideline.domain.release.approval import BY_DATA, Approval
from tideline.page.blocks import Block, Fact, Row, Section, Text, facts, grid
from tideline.page.words import count, moment


def decisions(evidence: Evidence) -> Section:
    """Show the approval, and the entries of the ledger that are about this version."""
    return Section("decisions", "Approvals and ledger", (*_approval(evidence), *_ledger(evidence)))


def _approval(evidence: Evidence) -> tuple[Block, ...]:
    if evidence.approval is not None:
        return (_request(evidence.approval, evidence),)
    if evidence.spec.release.approval == "automatic":
        return (Text("The spec lets a promoted version go live without an approval; none is recorded."),)
    return (Text("The spec asks for an approval before this version goes live; none is recorded yet."),)


def _request(approval: Approval, evidence: Evidence) -> Block:
    request, decision = approval.request, approval.decision
    same = request.artifact_sha256 == evidence.manifest.artifact_sha256
    answer: tuple[Fact, ...] = (Fact("answer", "none yet"),)
    if decision is not None:
        verb = "approved" if decision.decision == "approve" else "rejected"
        answer = (
            Fact("answer", f"{verb} at {moment(decision.at)}"),
            Fact("by", decision.approver, code=True),
            Fact("comment", decision.comment or "none"),
        )
    return facts(
        Fact("release", request.release_id, code=True),
        Fact("asked for by", ", ".join(request.requesters) or BY_DATA, code=bool(request.requesters)),
        ("asked at", f"{moment(request.requested_at)}, valid until {moment(request.expires_at)}"),
        *answer,
        Fact("bound to the artifact", request.artifact_sha256, code=True),
        Fact("and to the report", request.report_sha256, code=True),
        *([] if same else [("attention", "that is not the artifact of this version")]),
    )


def _ledger(evidence: Evidence) -> tuple[Block, ...]:
    own = evidence.own_ledger
    if not own:
        return (Text("No ledger entries were at hand when this card was made."),)
    columns = ("entry", "kind", "about", "by", "at", "facts", "SHA-256")
    caption = (
        f"{count(len(own), 'entry', 'entries')} about this version, of {len(evidence.ledger):,} of the model"
    )
    return (grid(caption, columns, [_row(entry) for entry in own], code=(3, 6)),)


def _row(entry: LedgerEntry) -> Row:
    decision = entry.decision
    told = ", ".join(f"{name} {_short(value)}" for name, value in decision.facts.items())
    return Row(
        (
            str(entry.number),
            decision.kind.value,
            decision.subject,
            decision.by,
            moment(decision.at),
            told,
            entry.sha256[:16],
        )
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) < len("0" * 64) else f"{text[:16]}…"
