"""What `predict` needs from its environment; a data class, for pydantic stays off the serving path."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Self

_PREFIX = "TIDELINE_"


@dataclass(frozen=True)
class Settings:
    """The registry's table and the lake's bucket."""

    table_name: str
    lake_bucket: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read `TIDELINE_` and each field in capitals; raises `ValueError` naming what is missing."""
        values = {field.name: os.environ.get(_PREFIX + field.name.upper()) for field in fields(cls)}
        missing = [_PREFIX + name.upper() for name, value in values.items() if not value]
        if missing:
            raise ValueError(f"not set: {', '.join(missing)}")
        return cls(**{name: value for name, value in values.items() if value})
