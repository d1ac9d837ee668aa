"""What this function needs from its environment."""

from __future__ import annotations

from tideline.runtime.settings import FunctionSettings


class Settings(FunctionSettings):
    """One field, one variable."""

    inbox_bucket: str
    lake_bucket: str
    table_name: str
    bus_name: str
    memory_mb: int
