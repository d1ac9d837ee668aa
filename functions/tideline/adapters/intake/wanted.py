"""Which columns a file is opened for, and which of them it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tideline.domain.contract.spec import ModelSpec

Kind = Literal["number", "text", "time"]


@dataclass(frozen=True)
class Wanted:
    """What whoever opens a file is going to read of it.

    Attributes:
        kinds: Every column that is read, in order, and what it holds.
        demanded: Columns without which the file is refused.
        sparse: Of those, the ones that JSON Lines may lack: there a missing key is a missing value.
        roles: How a column is called in messages, such as ``the target ``, where it is no feature.
    """

    kinds: Mapping[str, Kind]
    demanded: tuple[str, ...]
    sparse: frozenset[str] = frozenset()
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of every column that is read, in order."""
        return tuple(self.kinds)


def training_columns(spec: ModelSpec) -> Wanted:
    """Return what a training file must have: all of the spec's columns."""
    roles = {spec.target: "the target "} | dict.fromkeys(spec.audit_columns, "the fairness attribute ")
    return Wanted(
        kinds={name: _kind(name, spec) for name in spec.columns},
        demanded=spec.columns,
        sparse=frozenset(name for name, feature in spec.features.items() if not feature.required),
        roles=roles,
    )


def _kind(name: str, spec: ModelSpec) -> Kind:
    feature = spec.features.get(name)
    if feature is not None:
        return "number" if feature.type == "number" else "text"
    if name == spec.target and spec.task == "regression":
        return "number"
    return "time" if name == spec.time else "text"
