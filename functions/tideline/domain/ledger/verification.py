"""Whether a ledger is whole: every entry recomputed, from the first to the one that its head names.

A hash chain tells of every row that somebody edited, removed or moved. It cannot tell of somebody who may
write the table and computes every later hash and the head anew: for that a head must have been noted where
they cannot write, in a ticket, a mail or another account's log, and `anchored` compares with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from tideline.domain.ledger.entry import GENESIS, LedgerEntry, LedgerHead, entry_sha256
from tideline.domain.value import Value

# A row as it is stored: None where it is no entry any more.
Stored = LedgerEntry | None


class MisfitKind(StrEnum):
    """What is wrong with an entry, or with what it speaks of."""

    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"
    REPLACED = "replaced"
    FOREIGN = "foreign"
    HEAD = "head"
    ANCHOR = "anchor"
    RECORD = "record"
    STATE = "state"


class Misfit(Value):
    """Something that does not fit.

    Attributes:
        number: The entry's place in the ledger, from 1; None where there is no entry to name.
        sentence: What does not fit, for a person.
    """

    number: int | None
    kind: MisfitKind
    sentence: str


def first_misfit(model: str, entries: Sequence[Stored], head: LedgerHead) -> Misfit | None:
    """Return the first entry that does not fit, or None for a ledger that is whole.

    Args:
        model: Whose ledger it is.
        entries: Every row in the order of its sort keys.
        head: Number and hash that the head's row names.
    """
    before = GENESIS
    for place, entry in enumerate(entries, start=1):
        if entry is None:
            return Misfit(
                number=place,
                kind=MisfitKind.EDITED,
                sentence=f"entry {place} cannot be read as an entry: its row was edited",
            )
        misfit = (
            _elsewhere(entry, place, entries) or _changed(entry, model) or _unchained(entry, before=before)
        )
        if misfit is not None:
            return misfit
        before = entry.sha256
    return _other_head(LedgerHead(number=len(entries), sha256=before), head)


def anchored(entries: Sequence[Stored], sha256: str) -> Misfit | None:
    """Tell whether an entry still has the hash that somebody noted elsewhere when it was the newest."""
    if any(entry is not None and entry.sha256 == sha256 for entry in entries):
        return None
    return Misfit(
        number=None,
        kind=MisfitKind.ANCHOR,
        sentence=f"no entry has the hash {sha256} that was noted: the ledger was written anew since",
    )


def _elsewhere(entry: LedgerEntry, place: int, entries: Sequence[Stored]) -> Misfit | None:
    if entry.number == place:
        return None
    expected_later = any(later is not None and later.number == place for later in entries[place:])
    if entry.number < place or expected_later:
        return Misfit(
            number=place,
            kind=MisfitKind.REORDERED,
            sentence=f"entry {entry.number} stands at place {place}: rows were moved",
        )
    return Misfit(
        number=place,
        kind=MisfitKind.REMOVED,
        sentence=f"entry {place} is missing: entry {entry.number} follows entry {place - 1}",
    )


def _changed(entry: LedgerEntry, model: str) -> Misfit | None:
    n = entry.number
    if entry.model != model:
        return Misfit(
            number=n,
            kind=MisfitKind.FOREIGN,
            sentence=f"entry {n} belongs to the ledger of {entry.model!r}, not to this one",
        )
    content = entry_sha256(model, n, entry.decision, previous_sha256=entry.previous_sha256)
    if content == entry.sha256:
        return None
    return Misfit(
        number=n,
        kind=MisfitKind.EDITED,
        sentence=f"entry {n} ({entry.decision.kind}, {entry.decision.subject}) was edited:"
        f" what it says has the hash {content[:12]}…, its row names {entry.sha256[:12]}…",
    )


def _unchained(entry: LedgerEntry, *, before: str) -> Misfit | None:
    if entry.previous_sha256 == before:
        return None
    n = entry.number
    return Misfit(
        number=n,
        kind=MisfitKind.REPLACED,
        sentence=f"entry {n} follows an entry with the hash {entry.previous_sha256[:12]}…, but before it"
        f" stands {before[:12]}…: one of the two was replaced",
    )


def _other_head(found: LedgerHead, head: LedgerHead) -> Misfit | None:
    if found == head:
        return None
    if found.number < head.number:
        number = found.number + 1
        sentence = f"entry {number} is missing: the ledger ends before it, but its head names {head.number}"
        return Misfit(number=number, kind=MisfitKind.REMOVED, sentence=sentence)
    if found.number > head.number:
        number = head.number + 1
        sentence = f"entry {number} is more than there should be: the head names {head.number}"
        return Misfit(number=number, kind=MisfitKind.HEAD, sentence=sentence)
    sentence = (
        f"entry {head.number} has the hash {found.sha256[:12]}…, but the head names {head.sha256[:12]}…:"
        " one of the two was replaced"
    )
    return Misfit(number=head.number, kind=MisfitKind.HEAD, sentence=sentence)
