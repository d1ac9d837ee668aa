"""What `predict` needs from its environment; msgspec, for pydantic stays off the serving path."""

from __future__ import annotations

import os
from typing import Annotated, Self

import msgspec

from tideline.serving.deployment_cache import TIME_TO_LIVE_S

_PREFIX = "TIDELINE_"


class Settings(msgspec.Struct, frozen=True):
    """The registry's table, the lake's bucket, and for how many seconds a deployment record is believed."""

    table_name: str
    lake_bucket: str
    deployment_ttl_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = TIME_TO_LIVE_S

    @classmethod
    def from_environment(cls) -> Self:
        """Read `TIDELINE_` and each field in capitals; raises `ValueError` naming what is amiss."""
        found = {name: os.environ.get(_PREFIX + name.upper()) for name in cls.__struct_fields__}
        values = {name: value for name, value in found.items() if value}
        missing = [_PREFIX + name.upper() for name in ("table_name", "lake_bucket") if name not in values]
        if missing:
            raise ValueError(f"not set: {', '.join(missing)}")
        return msgspec.convert(values, cls, strict=False)
