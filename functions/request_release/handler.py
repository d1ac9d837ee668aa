"""`POST /models/{model}/release`: what `ReleaseRequested` on the bus does, but by a caller whom IAM proved.

Not idempotent: every call is a wish of its own. A version that is live, or on its way there, is left alone.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from request_release import wiring
from tideline.api import requests
from tideline.api.answering import answer
from tideline.api.bodies import ReleaseBody
from tideline.domain.release.release_order import ReleaseAsked
from tideline.events.commands import ReleaseRequested
from tideline.runtime.logging import logger
from tideline.services.request_release import RequestRelease


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, request_release: RequestRelease | None = None
) -> dict[str, Any]:
    """Return what was asked for, with the release's name, or why nothing was."""

    def ask() -> ReleaseAsked:
        requests.require_method(event, "POST")
        requester, model = requests.caller(event), requests.model_of(event)
        wanted = requests.read(event, ReleaseBody)
        command = ReleaseRequested(
            model=model,
            version=wanted.version,
            strategy=wanted.strategy,
            reason=wanted.reason,
            requested_by=requester,
        )
        return (request_release or wiring.request_release())(command)

    return answer(context, ask)
