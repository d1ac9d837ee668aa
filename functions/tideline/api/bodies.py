"""What callers of the registry send; who they are is never part of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tideline.api.requests import Body
from tideline.domain.contract.release_spec import ReleaseStrategy

_SHA256 = r"^[0-9a-f]{64}$"
_MAX_COMMENT = 1_000
_MAX_VERSION = 999_999
_MAX_REASON = 500


class ApprovalBody(Body):
    """What is said to a request for approval."""

    decision: Literal["approve", "reject"]
    comment: str = Field(default="", max_length=_MAX_COMMENT)
    artifact_sha256: str | None = Field(default=None, pattern=_SHA256)
    report_sha256: str | None = Field(default=None, pattern=_SHA256)


class ReleaseBody(Body):
    """What is to go live, and how."""

    version: int = Field(ge=1, le=_MAX_VERSION)
    strategy: ReleaseStrategy | None = None
    reason: str = Field(default="", max_length=_MAX_REASON)


class RollbackBody(Body):
    """From what to go back."""

    version: int | None = Field(default=None, ge=1, le=_MAX_VERSION)
    reason: str = Field(default="", max_length=_MAX_REASON)
