"""Monitoring: live models are looked at on a schedule, when labels come, and when somebody asks."""

from __future__ import annotations

from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging
from tideline.events.commands import MonitorRequested
from tideline.events.facts import LabelsAccepted

# A look reads with all of the function's memory, so one call takes one.
_LOOKS_AT_ONCE = 1
# So that a hundred models on the hour leave concurrency for serving.
_CONCURRENCY = 5


class Monitoring(Construct):
    """What looks.

    Attributes:
        monitor_model: Makes a look's record and page, and tells what is news.
    """

    def __init__(
        self, scope: Construct, name: str, *, messaging: Messaging, functions: FunctionFactory
    ) -> None:
        super().__init__(scope, name)
        self.monitor_model = functions.make(self, "monitor_model")
        wanted = messaging.on_bus(
            self, "LookWanted", MonitorRequested.detail_type(), LabelsAccepted.detail_type()
        )
        queue = messaging.feed(
            self.monitor_model,
            queue="monitoring",
            rules=[wanted],
            batch_size=_LOOKS_AT_ONCE,
            max_concurrency=_CONCURRENCY,
        )
        messaging.take_scheduled(
            self,
            MonitorRequested,
            queue=queue,
            detail={"trigger": ["schedule"], "reason": [{"exists": False}]},
        )
