"""What this function needs from its environment."""

from __future__ import annotations

from tideline.runtime.settings import FunctionSettings


class Settings(FunctionSettings):
    """One field, one variable."""

    table_name: str
    bus_name: str
    training_state_machine_arn: str
    schedule_group: str
    schedule_role_arn: str
    schedule_dead_letters_arn: str
    bus_arn: str
