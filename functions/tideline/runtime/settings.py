"""A function's settings: read from its environment on first use, validated, never at import."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from pydantic_settings import BaseSettings, SettingsConfigDict

ENVIRONMENT_PREFIX = "TIDELINE_"


class FunctionSettings(BaseSettings):
    """The base: each field is one environment variable, ``TIDELINE_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="ignore")


S = TypeVar("S", bound=FunctionSettings)


@cache
def load(settings: type[S]) -> S:
    """Return a function's settings, read once a process; raises pydantic's error naming what is missing."""
    return settings()
