"""The cost of what was used, in parts."""

from __future__ import annotations

from tideline.domain.costs.prices import PriceTable
from tideline.domain.costs.usage import Usage
from tideline.domain.value import Value

_GB = 2**30


class Cost(Value):
    """An estimate in US dollars.

    Left out, each well below the rest: logs and traces, events, queues and records, functions around the
    workflow, and disks of functions beyond 512 MB. Storage is that of one month; what lies longer costs more.

    Attributes:
        compute_usd: Of functions, by memory and time.
        requests_usd: Of calls of functions.
        transitions_usd: Of the workflow.
        writes_usd: Of objects written.
        storage_usd: Of those objects, for one month.
        prices: Name of the price table.
    """

    compute_usd: float
    requests_usd: float
    transitions_usd: float
    writes_usd: float
    storage_usd: float
    prices: str

    @property
    def total_usd(self) -> float:
        """The sum of the parts."""
        parts = (self.compute_usd, self.requests_usd, self.transitions_usd, self.writes_usd)
        return sum(parts) + self.storage_usd


def cost_of(usage: Usage, prices: PriceTable) -> Cost:
    """Return what a usage costs by a table of prices."""
    return Cost(
        compute_usd=sum(use.gb_seconds for use in usage.functions) * prices.function_gb_second,
        requests_usd=sum(use.calls for use in usage.functions) * prices.function_request,
        transitions_usd=usage.transitions * prices.transition,
        writes_usd=usage.objects * prices.s3_put,
        storage_usd=usage.stored_bytes / _GB * prices.s3_gb_month,
        prices=prices.name,
    )
