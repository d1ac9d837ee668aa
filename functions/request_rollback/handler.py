"""`POST /models/{model}/rollback`: what `RollbackRequested` on the bus does, but by a caller whom IAM proved.

Not idempotent: every call is a wish of its own. Naming the version makes a second one harmless.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from request_rollback import wiring
from tideline.api import requests
from tideline.api.answering import answer
from tideline.api.bodies import RollbackBody
from tideline.domain.release.rollback_wish import RollbackAsked
from tideline.events.commands import RollbackRequested
from tideline.runtime.logging import logger
from tideline.services.request_rollback import RequestRollback


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, request_rollback: RequestRollback | None = None
) -> dict[str, Any]:
    """Return what was asked for, or why nothing was."""

    def ask() -> RollbackAsked:
        requests.require_method(event, "POST")
        requester, model = requests.caller(event), requests.model_of(event)
        wanted = requests.read(event, RollbackBody)
        command = RollbackRequested(
            model=model, version=wanted.version, reason=wanted.reason, requested_by=requester
        )
        return (request_rollback or wiring.request_rollback())(command)

    return answer(context, ask)
