"""List prices in US dollars, with their date and where they were read.

Without free tiers, discounts and taxes: what a run is worth, not what a bill says. Other regions differ by
up to some ten percent; the budget is in these prices everywhere.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from tideline.domain.value import Value

Architecture = Literal["arm64", "x86_64"]


class PriceTable(Value):
    """Prices of one region and processor.

    Attributes:
        as_of: Day for which they were last found to hold.
        function_gb_second: Per GB (1024 MB) of memory and second.
        function_request: Per call of a function.
        transition: Per state transition of a standard workflow.
        s3_put: Per object written.
        s3_gb_month: Per GB (2**30 bytes) stored for a month.
    """

    region: str
    architecture: Architecture
    as_of: date
    sources: tuple[str, ...]
    function_gb_second: float
    function_request: float
    transition: float
    s3_put: float
    s3_gb_month: float

    @property
    def name(self) -> str:
        """Short name that a cost carries, such as ``us-east-1 arm64 2026-05-11``."""
        return f"{self.region} {self.architecture} {self.as_of}"


_SOURCES = (
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/step-functions/pricing/",
    "https://aws.amazon.com/s3/pricing/",
)
_GB_SECOND: dict[Architecture, float] = {"arm64": 0.0000133334, "x86_64": 0.0000166667}


def us_east_1(architecture: Architecture) -> PriceTable:
    """Return the list prices of US East (N. Virginia), first tier."""
    return PriceTable(
        region="us-east-1",
        architecture=architecture,
        as_of=date(2026, 5, 11),
        sources=_SOURCES,
        function_gb_second=_GB_SECOND[architecture],
        function_request=0.20 / 1e6,
        transition=0.025 / 1e3,
        s3_put=0.005 / 1e3,
        s3_gb_month=0.023,
    )
