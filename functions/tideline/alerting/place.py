"""Where an alert comes from, as far as its text names it."""

from __future__ import annotations

from datetime import UTC, datetime

from tideline.domain.value import Value


class Place(Value):
    """One deployment.

    Attributes:
        environment: Its name.
        cli_environment: What `--env` has to be; empty on the local cloud, which commands find by themselves.
        lake_bucket: The bucket that reports and cards lie in.
    """

    environment: str
    cli_environment: str = ""
    lake_bucket: str

    def address(self, key: str) -> str:
        """Return the address of an object in the lake."""
        return f"s3://{self.lake_bucket}/{key}"


def moment(at: datetime) -> str:
    """Return ``2026-01-31 09:30 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: datetime) -> str:
    """Return ``2026-01-31``, in UTC: what lasts is told once a day."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"
