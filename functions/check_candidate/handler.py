"""Check a candidate.

Trigger: the first state of the release workflow. Delivery: at least once (the state is retried).
Idempotency key: none is needed, nothing is written.

A candidate that crashes this process, takes more than its memory (which is that of `predict`) or stalls
beyond its time fails the state by Lambda's own error: the workflow tries once more, and then fails.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from check_candidate import wiring
from tideline.domain.release.release_order import ReleaseOrder
from tideline.runtime.logging import logger
from tideline.serving.preflight import CheckCandidate


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, check_candidate: CheckCandidate | None = None
) -> dict[str, Any]:
    """Return what was checked; a candidate that fails ends the release by an error."""
    order = ReleaseOrder.model_validate(event)
    logger.append_keys(release_id=order.release_id)
    report = (check_candidate or wiring.check_candidate())(order.model, order.version)
    logger.info("candidate checked", extra=asdict(report))
    return asdict(report)
