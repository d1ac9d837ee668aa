"""What people have been told (``ALERT#<key>``), for a month."""

from __future__ import annotations

from datetime import datetime, timedelta

from tideline.adapters.registry.table import Put, RegistryTable
from tideline.domain.alerts.alert import ALERT_KEYS

_SORT_KEY = "TOLD"
# Longer than any queue or dead-letter queue keeps an event (14 days): a late redrive is recognised.
_MEMORY = timedelta(days=30)


class DynamoDbAlertRegistry:
    """`tideline.ports.AlertRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def was_told(self, key: str) -> bool:
        return self._table.get(f"{ALERT_KEYS}{key}", _SORT_KEY) is not None

    def mark_told(self, key: str, *, at: datetime) -> None:
        expires = int((at + _MEMORY).timestamp())
        self._table.write(Put({"pk": f"{ALERT_KEYS}{key}", "sk": _SORT_KEY, "expires_at": expires}))
