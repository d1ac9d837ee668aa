"""A wish for a release: somebody, or the registration of a version, wants it live."""

from __future__ import annotations

import hashlib

from tideline.domain.contract.release_spec import ReleaseStrategy
from tideline.domain.release.release_order import ReleaseOrder, release_id
from tideline.domain.value import Value


class ReleaseWish(Value):
    """What is wanted.

    Attributes:
        event_id: Makes the same wish, delivered twice, recognisable.
        automatic: Whether the version was registered, and nobody asked.
        strategy: Another one than the spec's, where somebody asked for it.
    """

    model: str
    version: int
    event_id: str
    automatic: bool
    requested_by: str = ""
    strategy: ReleaseStrategy | None = None

    @property
    def release_id(self) -> str:
        """The name of the release that it starts."""
        return release_id(self.model, version=self.version, event_id=self.event_id)


def wish_again(order: ReleaseOrder) -> ReleaseWish:
    """Return the wish behind an order that came too late, to be fulfilled by a release of another name.

    The name of the first is taken; the new one follows from it, so that asking twice is asking once.
    """
    again = hashlib.sha256(order.release_id.encode()).hexdigest()
    return ReleaseWish(
        model=order.model,
        version=order.version,
        event_id=again,
        automatic=order.automatic,
        requested_by=order.requested_by,
        strategy=order.strategy,
    )
