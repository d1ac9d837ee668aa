"""Judge a step of a release.

Trigger: a state of the release workflow, at every look. Delivery: at least once (the state is retried).
Idempotency key: none is needed, nothing is written.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from judge_release import wiring
from tideline.domain.release.judgement import JudgementTask
from tideline.runtime.logging import logger
from tideline.services.judge_release import JudgeRelease


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, judge_release: JudgeRelease | None = None
) -> dict[str, Any]:
    """Return the judgement; evidence that cannot be read is an error, never a judgement without it."""
    task = JudgementTask.model_validate(event)
    logger.append_keys(release_id=task.order.release_id, step=task.step)
    judgement = (judge_release or wiring.judge_release())(task)
    logger.info(
        "step judged",
        extra={
            "outcome": judgement.outcome,
            "reasons": judgement.reasons,
            "champion_calls": judgement.champion_calls,
            "challenger_calls": judgement.challenger_calls,
        },
    )
    return judgement.model_dump(mode="json")
