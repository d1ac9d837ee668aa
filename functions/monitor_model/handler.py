"""Look at live models.

Trigger: SQS, fed by `MonitorRequested` (from a schedule or a person) and `LabelsAccepted`. Delivery: at least
once, in any order. Idempotency key: the event's id, after which the look is named.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from monitor_model import wiring
from tideline.domain.monitoring.metric_names import MonitoringMetric
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.events.base import Envelope
from tideline.events.facts import RunFailed
from tideline.runtime.batches import each_event
from tideline.runtime.logging import gauge, logger
from tideline.services.monitoring.monitor_model import MonitorModel
from tideline.services.monitoring.read_look import read_look


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, monitor_model: MonitorModel | None = None
) -> dict[str, Any]:
    """Answer every request of the batch."""
    use_case = monitor_model or wiring.monitor_model()

    def handle(envelope: Envelope) -> None:
        request = read_look(envelope)
        if isinstance(request, RunFailed):
            use_case.publisher.publish(request)
            return
        record = use_case(request)
        if record is None:
            logger.info("nothing is live")
            return
        logger.info(
            "looked",
            extra={"version": record.version, "decision": record.decision, "rows": record.traffic.rows},
        )
        _measure(record)

    return each_event(event, handle)


def _measure(record: MonitoringRecord) -> None:
    gauge(MonitoringMetric.ROWS, record.traffic.rows, model=record.model)
    gauge(MonitoringMetric.DRIFTED, len(record.drifted), model=record.model)
    if record.estimate is not None:
        gauge(MonitoringMetric.ESTIMATED, record.estimate.estimate.estimate, model=record.model)
    known = [period.interval.estimate for period in record.realised if period.mature and period.interval]
    if known:
        gauge(MonitoringMetric.REALISED, known[-1], model=record.model)
