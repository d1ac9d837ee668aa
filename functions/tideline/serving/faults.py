"""What is wrong with the instances of a request: every fault counted, the first twenty told."""

from __future__ import annotations

import msgspec

from tideline.errors import PermanentError

MAX_TOLD = 20
_LONGEST_NAME = 128


class InstanceFault(msgspec.Struct, frozen=True):
    """One fault: which instance, counted from 0, which field, and what is wrong with it."""

    instance: int
    field: str
    reason: str


class InvalidInstances(PermanentError):
    """Instances break the model's signature; `faults` tells some, `total` counts all."""

    def __init__(self, faults: tuple[InstanceFault, ...], *, total: int) -> None:
        first = faults[0]
        more = f", and {total - 1} more faults" if total > 1 else ""
        super().__init__(f"instance {first.instance}, {first.field!r}: {first.reason}{more}")
        self.faults = faults
        self.total = total


class Faults:
    """Collects while a request is read."""

    def __init__(self) -> None:
        self._told: list[InstanceFault] = []
        self._total = 0

    def add(self, instance: int, field: str, reason: str) -> None:
        """Count a fault, and keep it while there are few."""
        self._total += 1
        if len(self._told) < MAX_TOLD:
            self._told.append(InstanceFault(instance, field[:_LONGEST_NAME], reason))

    def check(self) -> None:
        """Raise `InvalidInstances` if there was any."""
        if self._told:
            raise InvalidInstances(tuple(self._told), total=self._total)
