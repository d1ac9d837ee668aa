"""The base of every value that is stored, sent or compared: frozen, and strict about names."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value; unknown fields are refused, non-finite numbers too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
