"""What this function needs from its environment."""

from __future__ import annotations

from tideline.runtime.settings import FunctionSettings


class Settings(FunctionSettings):
    """One field, one variable; `cli_environment` is empty on the local cloud."""

    environment: str
    cli_environment: str = ""
    lake_bucket: str
    table_name: str
    alert_topic_arn: str
