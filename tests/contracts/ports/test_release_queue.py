"""The wish that waits for another release to end."""

from __future__ import annotations

from tests.contracts.conftest import Registries
from tests.fakes.samples import MODEL
from tideline.domain.contract.release_spec import CanaryStrategy
from tideline.domain.release.release_wish import ReleaseWish


def wish(version: int, event_id: str) -> ReleaseWish:
    return ReleaseWish(
        model=MODEL,
        version=version,
        event_id=event_id,
        automatic=False,
        requested_by="ann",
        strategy=CanaryStrategy(canary=(5, 50)),
    )


def test_a_wish_is_kept_as_it_is(registries: Registries) -> None:
    assert registries.queue.remembered(MODEL) is None
    registries.queue.remember(wish(2, "a"))
    assert registries.queue.remembered(MODEL) == wish(2, "a")
    assert registries.queue.remembered("other") is None


def test_the_newest_takes_the_place_of_others(registries: Registries) -> None:
    registries.queue.remember(wish(2, "a"))
    registries.queue.remember(wish(1, "b"))
    assert registries.queue.remembered(MODEL) == wish(1, "b")


def test_only_the_wish_that_was_named_is_forgotten(registries: Registries) -> None:
    registries.queue.remember(wish(2, "a"))
    registries.queue.remember(wish(3, "b"))
    registries.queue.forget(MODEL, event_id="a")
    assert registries.queue.remembered(MODEL) == wish(3, "b")
    registries.queue.forget(MODEL, event_id="b")
    registries.queue.forget(MODEL, event_id="b")
    assert registries.queue.remembered(MODEL) is None
