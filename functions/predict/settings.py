"""What `predict` needs from its environment; msgspec, for pydantic stays off the serving path."""

from __future__ import annotations

import os
from typing import Self

import msgspec

_PREFIX = "TIDELINE_"


class Settings(msgspec.Struct, frozen=True):
    """The registry's table and the lake's bucket."""

    table_name: str
    lake_bucket: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read `TIDELINE_` and each field in capitals; raises `ValueError` naming what is missing."""
        values = {name: os.environ.get(_PREFIX + name.upper()) for name in cls.__struct_fields__}
        missing = [_PREFIX + name.upper() for name, value in values.items() if not value]
        if missing:
            raise ValueError(f"not set: {', '.join(missing)}")
        return msgspec.convert(values, cls)
