"""Commands: what users may ask for with ``aws events put-events``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tideline.events.base import Command

# The longest ARN of a principal: a user's, with a path of 512 characters and a name of 64.
_LONGEST_NAME = 640


class RetrainRequested(Command):
    """Train again, if there is something to learn; `force` trains on the same data and spec too."""

    reason: str = Field(default="", max_length=500)
    force: bool = False
    requested_by: str = Field(default="", max_length=_LONGEST_NAME)
    trigger: Literal["request", "schedule"] = "request"


class ReleaseRequested(Command):
    """Put a registered version live."""

    version: int = Field(ge=1)
    reason: str = Field(default="", max_length=500)
    requested_by: str = Field(default="", max_length=_LONGEST_NAME)
