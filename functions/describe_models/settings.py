"""What this function needs from its environment."""

from __future__ import annotations

from tideline.runtime.settings import FunctionSettings


class Settings(FunctionSettings):
    """One field, one variable; `jwt_issuer` is empty where predictions are signed like everything else."""

    lake_bucket: str
    table_name: str
    jwt_issuer: str = ""
