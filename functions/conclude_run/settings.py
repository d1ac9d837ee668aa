"""What this function needs from its environment."""

from __future__ import annotations

from tideline.domain.costs.prices import Architecture
from tideline.runtime.settings import FunctionSettings


class Settings(FunctionSettings):
    """One field, one variable.

    Attributes:
        training_memory_mb: Of the function behind each state of the training workflow, as JSON.
        architecture: Of those functions.
    """

    lake_bucket: str
    table_name: str
    bus_name: str
    training_state_machine_arn: str
    schedule_group: str
    schedule_role_arn: str
    schedule_dead_letters_arn: str
    bus_arn: str
    training_memory_mb: dict[str, int]
    architecture: Architecture
