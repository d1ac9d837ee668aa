from __future__ import annotations

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.samples import MODEL, batch, dropped, receipt, sha
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject
from tideline.errors import RegistryConflict


def accept(registries: Registries, number: int, obj: DroppedObject, **fields: object) -> Batch:
    registries.receipts.claim(MODEL, obj)
    accepted = batch(number, obj=obj, **fields)  # type: ignore[arg-type]
    registries.datasets.accept(accepted, obj, receipt(obj, batch=number))
    return accepted


def test_a_model_without_data_is_at_version_zero(registries: Registries) -> None:
    assert registries.datasets.latest_version(MODEL) == 0
    assert list(registries.datasets.batches(MODEL)) == []
    assert registries.datasets.batch_with_content(MODEL, sha("x"), sha("schema")) is None


def test_batches_come_back_oldest_first_with_their_receipts(registries: Registries) -> None:
    names = [f"{number}.csv" for number in range(1, 12)]
    batches = [accept(registries, n, dropped(name)) for n, name in enumerate(names, start=1)]
    assert list(registries.datasets.batches(MODEL)) == batches
    assert registries.datasets.latest_version(MODEL) == len(names)
    answer = registries.receipts.receipt(MODEL, dropped("11.csv"))
    assert answer is not None
    assert answer.batch == 11


def test_the_newest_batch_with_a_content_is_found_by_bytes_and_schema(registries: Registries) -> None:
    accept(registries, 1, dropped("1.csv"), content="same")
    accept(registries, 2, dropped("2.csv"), content="same")
    accept(registries, 3, dropped("3.csv"), content="same", schema_sha256=sha("other"))
    assert registries.datasets.batch_with_content(MODEL, sha("same"), sha("schema")) == 2
    assert registries.datasets.batch_with_content(MODEL, sha("same"), sha("other")) == 3


def test_a_taken_number_is_refused_and_leaves_no_trace(registries: Registries) -> None:
    accept(registries, 1, dropped("1.csv"))
    with pytest.raises(RegistryConflict):
        accept(registries, 1, dropped("2.csv"), content="second")
    assert registries.receipts.receipt(MODEL, dropped("2.csv")) is None
    assert registries.datasets.batch_with_content(MODEL, sha("second"), sha("schema")) is None
    assert registries.datasets.latest_version(MODEL) == 1


def test_a_number_out_of_turn_is_refused(registries: Registries) -> None:
    accept(registries, 1, dropped("1.csv"))
    with pytest.raises(RegistryConflict):
        accept(registries, 3, dropped("3.csv"))


def test_an_object_that_has_an_answer_is_refused(registries: Registries) -> None:
    registries.receipts.conclude(MODEL, receipt(dropped()))
    with pytest.raises(RegistryConflict):
        accept(registries, 1, dropped())


def test_an_edition_is_refused_once_a_newer_one_was_seen(registries: Registries) -> None:
    old, new = dropped(version_id="v1", sequencer="01"), dropped(version_id="v2", sequencer="02")
    registries.receipts.claim(MODEL, old)
    registries.receipts.claim(MODEL, new)
    with pytest.raises(RegistryConflict):
        registries.datasets.accept(batch(1, obj=old), old, receipt(old))


def test_an_edition_that_was_never_claimed_is_refused(registries: Registries) -> None:
    with pytest.raises(RegistryConflict):
        registries.datasets.accept(batch(1), dropped(), receipt(dropped()))
