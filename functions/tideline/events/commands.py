"""Commands: what users may ask for with ``aws events put-events``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from tideline.domain.contract.release_spec import ReleaseStrategy
from tideline.events.base import Command

# The longest ARN of a principal: a user's, with a path of 512 characters and a name of 64.
_LONGEST_NAME = 640


class RetrainRequested(Command):
    """Train again, if there is something to learn; `force` trains on the same data and spec too."""

    reason: str = Field(default="", max_length=500)
    force: bool = False
    requested_by: str = Field(default="", max_length=_LONGEST_NAME)
    trigger: Literal["request", "schedule"] = "request"


class ReviewRequested(Command):
    """Look again at the wish to train that is remembered: it may be allowed now.

    Tideline sends it to itself at the moment at which a rule lets go. It decides nothing: early, late, twice
    or without a wish it does no harm.
    """

    SENT_BY: ClassVar[str] = "schedules"


class MonitorRequested(Command):
    """Look at a model's live version now; schedules send these too."""

    requested_by: str = Field(default="", max_length=_LONGEST_NAME)
    trigger: Literal["request", "schedule"] = "request"


class ReleaseRequested(Command):
    """Put a registered version live, by the strategy of its model's spec unless another one is given."""

    version: int = Field(ge=1)
    strategy: ReleaseStrategy | None = None
    reason: str = Field(default="", max_length=500)
    requested_by: str = Field(default="", max_length=_LONGEST_NAME)


class RollbackRequested(Command):
    """Go back at once: break off the release under way, or put the champion before back in its place.

    Attributes:
        version: Go back only if this is the version that is being released or live; whatever it is, if
            left out.
    """

    version: int | None = Field(default=None, ge=1)
    reason: str = Field(default="", max_length=500)
    requested_by: str = Field(default="", max_length=_LONGEST_NAME)
