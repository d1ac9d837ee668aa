"""Find out what a run cost: what its execution used and what it left in the lake, times the prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from tideline.domain import keys
from tideline.domain.costs.cost import Cost, cost_of
from tideline.domain.costs.prices import PriceTable
from tideline.domain.costs.usage import Usage
from tideline.domain.training.run import Run
from tideline.errors import TidelineError
from tideline.ports import ExecutionMeter, ObjectStore, VersionRegistry


class Measured(TypedDict):
    """Fields of a run's record."""

    cost: Cost | None
    cost_note: str


@dataclass(frozen=True)
class MeasureCost:
    """Measure runs that are over; the same run again costs the same, unless its files have changed.

    Attributes:
        memory_mb: Of the function behind each state of the training workflow.
    """

    meter: ExecutionMeter
    lake: ObjectStore
    versions: VersionRegistry
    prices: PriceTable
    memory_mb: Mapping[str, int]

    def __call__(self, run: Run, *, execution_arn: str) -> Measured:
        """Return the run's cost, or none and why it is not known."""
        try:
            cost = cost_of(self._usage(run, execution_arn), self.prices)
        except TidelineError as error:
            return {"cost": None, "cost_note": error.message}
        return {"cost": cost, "cost_note": ""}

    def _usage(self, run: Run, execution_arn: str) -> Usage:
        used = self.meter.measure(execution_arn, memory_mb=self.memory_mb)
        sizes = [size for prefix in self._prefixes(run) for size in self.lake.sizes(prefix).values()]
        return used.model_copy(update={"objects": len(sizes), "stored_bytes": sum(sizes)})

    def _prefixes(self, run: Run) -> list[str]:
        """Return where the run wrote; the files of a version that another run registered are not its own."""
        model, run_id = run.order.model, run.order.run_id
        own = self.versions.of_run(model, run_id)
        prefixes = [keys.run_key(model, run_id, "")]
        return prefixes if own is None else [*prefixes, keys.version_key(model, own.number, "")]
