from __future__ import annotations

from itertools import permutations

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.samples import MODEL, dropped, receipt
from tideline.domain.intake.dropped_object import ObjectOutcome


def test_an_unanswered_object_has_no_receipt(registries: Registries) -> None:
    assert registries.receipts.receipt(MODEL, dropped()) is None


def test_the_first_answer_holds(registries: Registries) -> None:
    first, second = receipt(dropped()), receipt(dropped(), ObjectOutcome.DUPLICATE)
    assert registries.receipts.conclude(MODEL, first) == first
    assert registries.receipts.conclude(MODEL, second) == first
    assert registries.receipts.receipt(MODEL, dropped()) == first


def test_each_version_of_a_key_has_its_own_answer(registries: Registries) -> None:
    registries.receipts.conclude(MODEL, receipt(dropped(version_id="v1")))
    assert registries.receipts.receipt(MODEL, dropped(version_id="v2")) is None


def test_an_announced_answer_stays_so(registries: Registries) -> None:
    registries.receipts.conclude(MODEL, receipt(dropped()))
    registries.receipts.mark_announced(MODEL, receipt(dropped()))
    assert registries.receipts.conclude(MODEL, receipt(dropped())).announced


def test_a_key_as_long_as_s3_allows_fits(registries: Registries) -> None:
    long = dropped("ü" * 400)
    assert registries.receipts.claim(MODEL, long)
    registries.receipts.conclude("", receipt(long))
    assert registries.receipts.receipt("", long) is not None


@pytest.mark.parametrize("order", list(permutations(["0055", "0055AED6", "0055AED6DCD90281E5", "01"])))
def test_only_the_newest_version_that_was_seen_may_claim(
    registries: Registries, order: tuple[str, ...]
) -> None:
    seen: list[str] = []
    for sequencer in order:
        allowed = all(sequencer.ljust(64, "0") >= other.ljust(64, "0") for other in seen)
        assert registries.receipts.claim(MODEL, dropped(sequencer=sequencer)) == allowed
        if allowed:
            seen.append(sequencer)


def test_claiming_twice_is_claiming_once(registries: Registries) -> None:
    assert registries.receipts.claim(MODEL, dropped())
    assert registries.receipts.claim(MODEL, dropped())
