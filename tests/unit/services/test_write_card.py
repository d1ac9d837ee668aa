"""The card beside a version: written once the version is safe, and never at its cost."""

from __future__ import annotations

import hashlib
import logging

import pytest

from tests.fakes.evidence import EmptyLedger, evidence
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeSpecRegistry
from tideline.card.rendering import render_html, render_markdown
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.errors import EvidenceUnreadable, ObjectMissing, StorageUnavailable
from tideline.services.read_evidence import ReadEvidence
from tideline.services.write_card import WriteCard

GIVEN = evidence(approval=None, ledger=())
VERSION = GIVEN.version


@pytest.fixture
def lake() -> FakeObjectStore:
    lake = FakeObjectStore()
    put(lake, "manifest.json", GIVEN.manifest.model_dump_json())
    put(lake, "report.json", GIVEN.report.to_json().decode())
    assert GIVEN.latency is not None
    put(lake, "latency.json", GIVEN.latency.model_dump_json())
    return lake


def put(lake: FakeObjectStore, name: str, text: str) -> None:
    lake.write(keys.version_key(VERSION.model, VERSION.number, name), text.encode())


def card(lake: FakeObjectStore, name: str) -> str:
    return lake.read(keys.version_key(VERSION.model, VERSION.number, name)).decode()


def reader(lake: FakeObjectStore) -> ReadEvidence:
    specs = FakeSpecRegistry()
    specs.append(GIVEN.spec, head=SpecHead(), at=VERSION.created_at)
    return ReadEvidence(lake=lake, specs=specs, ledger=EmptyLedger())


def writer(lake: FakeObjectStore) -> WriteCard:
    return WriteCard(lake=lake, read_evidence=reader(lake))


def test_evidence_is_read_back_whole(lake: FakeObjectStore) -> None:
    assert reader(lake)(VERSION) == GIVEN


def test_latency_that_was_not_measured_is_none(lake: FakeObjectStore) -> None:
    lake.delete(keys.version_key(VERSION.model, VERSION.number, "latency.json"))
    assert reader(lake)(VERSION).latency is None


def test_a_report_that_is_gone_or_of_another_shape_is_named(lake: FakeObjectStore) -> None:
    put(lake, "report.json", '{"rows": 3}')
    with pytest.raises(EvidenceUnreadable, match=r"versions/2/report.json.* order: Field required"):
        reader(lake)(VERSION)
    lake.delete(keys.version_key(VERSION.model, VERSION.number, "report.json"))
    with pytest.raises(ObjectMissing):
        reader(lake)(VERSION)


def test_a_manifest_that_is_not_the_one_registered_is_no_evidence(lake: FakeObjectStore) -> None:
    content = lake.read(keys.version_key(VERSION.model, VERSION.number, "manifest.json"))
    bound = VERSION.model_copy(update={"manifest_sha256": hashlib.sha256(content).hexdigest()})
    assert reader(lake)(bound).manifest == GIVEN.manifest
    put(lake, "manifest.json", GIVEN.manifest.model_copy(update={"seed": 99}).model_dump_json())
    with pytest.raises(EvidenceUnreadable, match=r"versions/2/manifest.json.* somebody changed it"):
        reader(lake)(bound)


def test_both_cards_are_written_and_writing_again_changes_nothing(lake: FakeObjectStore) -> None:
    assert writer(lake)(VERSION)
    first = card(lake, "card.html"), card(lake, "card.md")
    assert first == (render_html(GIVEN), render_markdown(GIVEN))
    assert writer(lake)(VERSION)
    assert (card(lake, "card.html"), card(lake, "card.md")) == first


def test_a_card_that_cannot_be_made_is_logged_and_leaves_nothing(
    lake: FakeObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    put(lake, "report.json", "{}")
    with caplog.at_level(logging.ERROR):
        assert not writer(lake)(VERSION)
    assert [record.message for record in caplog.records] == ["card not written"]
    assert not any("card." in key for key in lake.keys)


def test_what_may_pass_is_raised_for_another_try(lake: FakeObjectStore) -> None:
    class Away(FakeObjectStore):
        def read(self, key: str, *, version_id: str | None = None) -> bytes:
            raise StorageUnavailable("S3 did not answer")

    with pytest.raises(StorageUnavailable):
        writer(Away())(VERSION)
