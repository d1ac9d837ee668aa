"""Whatever is done to a row of a ledger is found, at the first entry that does not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import START
from tests.fakes.samples import MODEL
from tideline.domain.ledger.entry import Decision, DecisionKind, LedgerEntry, LedgerHead, chain
from tideline.domain.ledger.verification import MisfitKind, anchored, first_misfit


def decided(text: str) -> Decision:
    return Decision(kind=DecisionKind.STATE, subject=text, at=START, by="ann", facts={"text": text})


def ledger(length: int, *, model: str = MODEL) -> tuple[list[LedgerEntry], LedgerHead]:
    entries: list[LedgerEntry] = []
    head = LedgerHead()
    for number in range(1, length + 1):
        entries.append(chain(model, decided(f"decision {number}"), head=head))
        head = LedgerHead(number=number, sha256=entries[-1].sha256)
    return entries, head


def edited(entry: LedgerEntry, **fields: object) -> LedgerEntry:
    return entry.model_copy(update=fields)


lengths = st.integers(1, 8)


@given(st.integers(0, 8))
def test_a_ledger_that_nobody_touched_is_whole(length: int) -> None:
    entries, head = ledger(length)
    assert first_misfit(MODEL, entries, head) is None


@given(st.data(), lengths)
def test_an_edited_decision_is_named(data: st.DataObject, length: int) -> None:
    entries, head = ledger(length)
    place = data.draw(st.integers(0, length - 1))
    entries[place] = edited(entries[place], decision=decided("something else"))
    misfit = first_misfit(MODEL, entries, head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (place + 1, MisfitKind.EDITED)
    assert misfit.sentence.startswith(f"entry {place + 1} (state, something else) was edited")


@given(st.data(), lengths)
def test_an_edit_with_a_hash_made_anew_breaks_the_chain_behind_it(data: st.DataObject, length: int) -> None:
    entries, head = ledger(length)
    place = data.draw(st.integers(0, length - 1))
    before = LedgerHead(number=place, sha256=entries[place].previous_sha256)
    entries[place] = chain(MODEL, decided("something else"), head=before)
    misfit = first_misfit(MODEL, entries, head)
    assert misfit is not None
    last = place == length - 1
    assert misfit.number == (place + 1 if last else place + 2)
    assert misfit.kind is (MisfitKind.HEAD if last else MisfitKind.REPLACED)


@given(st.data(), lengths)
def test_a_removed_entry_is_named(data: st.DataObject, length: int) -> None:
    entries, head = ledger(length)
    place = data.draw(st.integers(0, length - 1))
    del entries[place]
    misfit = first_misfit(MODEL, entries, head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (place + 1, MisfitKind.REMOVED)
    assert f"entry {place + 1} is missing" in misfit.sentence


@given(st.data(), st.integers(2, 8))
def test_entries_that_changed_places_are_named(data: st.DataObject, length: int) -> None:
    entries, head = ledger(length)
    one, other = sorted(data.draw(st.sets(st.integers(0, length - 1), min_size=2, max_size=2)))
    entries[one], entries[other] = entries[other], entries[one]
    misfit = first_misfit(MODEL, entries, head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (one + 1, MisfitKind.REORDERED)
    assert f"entry {other + 1} stands at place {one + 1}" in misfit.sentence


def test_places_that_were_changed_with_their_numbers_are_an_edit() -> None:
    entries, head = ledger(3)
    entries[0], entries[1] = edited(entries[1], number=1), edited(entries[0], number=2)
    misfit = first_misfit(MODEL, entries, head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (1, MisfitKind.EDITED)


def test_an_entry_twice_is_out_of_order() -> None:
    entries, head = ledger(3)
    misfit = first_misfit(MODEL, [*entries[:2], entries[1], entries[2]], head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (3, MisfitKind.REORDERED)


def test_a_row_that_is_no_entry_any_more_is_named() -> None:
    entries, head = ledger(3)
    misfit = first_misfit(MODEL, [entries[0], None, entries[2]], head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (2, MisfitKind.EDITED)


def test_an_entry_of_another_ledger_is_foreign() -> None:
    (theirs, *_), _ = ledger(1, model="other")
    entries, head = ledger(2)
    misfit = first_misfit(MODEL, [theirs, entries[1]], head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (1, MisfitKind.FOREIGN)
    assert "'other'" in misfit.sentence


def test_a_tail_beyond_the_head_is_named() -> None:
    entries, _ = ledger(3)
    misfit = first_misfit(MODEL, entries, LedgerHead(number=2, sha256=entries[1].sha256))
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (3, MisfitKind.HEAD)


def test_all_gone_but_the_head_is_named() -> None:
    _, head = ledger(3)
    misfit = first_misfit(MODEL, [], head)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (1, MisfitKind.REMOVED)


@pytest.mark.parametrize("length", [1, 3])
def test_a_ledger_written_anew_is_whole_and_yet_not_what_was_noted(length: int) -> None:
    _, noted = ledger(length)
    head = LedgerHead()
    forged = []
    for number in range(1, length + 1):
        forged.append(chain(MODEL, decided(f"forged {number}"), head=head))
        head = LedgerHead(number=number, sha256=forged[-1].sha256)
    assert first_misfit(MODEL, forged, head) is None
    misfit = anchored(forged, noted.sha256)
    assert misfit is not None
    assert (misfit.number, misfit.kind) == (None, MisfitKind.ANCHOR)


def test_what_was_noted_stays_good_while_the_ledger_grows() -> None:
    entries, _ = ledger(5)
    _, noted = ledger(3)
    assert anchored(entries, noted.sha256) is None
