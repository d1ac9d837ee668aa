"""What every event has in common, and the envelopes in which EventBridge hands them over."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tideline.domain.keys import MODEL_NAME

SOURCE = "tideline"


class Event(BaseModel):
    """A fact or a command; the class name is its detail type."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, json_schema_serialization_defaults_required=True
    )

    schema_version: Literal[1] = 1
    model: str

    @classmethod
    def detail_type(cls) -> str:
        """The detail type on the bus."""
        return cls.__name__


class Fact(Event):
    """Something that happened."""

    occurred_at: datetime


class Command(Event):
    """Something that somebody wants; users send these."""

    SENT_BY: ClassVar[str] = "users"

    # Part of keys and names as soon as it is read, hence checked where it comes in.
    model: str = Field(pattern=MODEL_NAME.pattern)


class Envelope(BaseModel):
    """An event as EventBridge delivers it; `id` is the same on every delivery."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: str
    source: str
    detail_type: str = Field(alias="detail-type")
    time: datetime
    account: str = ""
    detail: dict[str, Any]
