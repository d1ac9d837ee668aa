"""The version of an object that an event speaks of."""

from __future__ import annotations

from tests.fakes.object_store import FakeObjectStore
from tideline.services.identify_object import UNVERSIONED, identified


def test_the_version_that_an_event_names_is_the_one() -> None:
    inbox = FakeObjectStore()
    first = inbox.drop("churn/data/a.csv", b"1")
    inbox.drop("churn/data/a.csv", b"2")

    assert identified(first, inbox) == first


def test_an_event_without_a_version_speaks_of_the_newest() -> None:
    inbox = FakeObjectStore()
    dropped = inbox.drop("churn/data/a.csv", b"1")
    unnamed = dropped.model_copy(update={"version_id": UNVERSIONED})

    assert identified(unnamed, inbox) == dropped


def test_an_object_that_has_gone_keeps_what_the_event_said() -> None:
    inbox = FakeObjectStore()
    dropped = inbox.drop("churn/data/a.csv", b"1").model_copy(update={"version_id": UNVERSIONED})
    inbox.delete("churn/data/a.csv")

    assert identified(dropped, inbox).version_id == UNVERSIONED
