"""Step Functions' tasks that wait for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_GONE = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
# The service's own limits for what failed and why.
_LONGEST_ERROR = 256
_LONGEST_CAUSE = 32_768


class StepFunctionsTasks:
    """`tideline.ports.WaitingTasks`."""

    def __init__(self, client: SFNClient) -> None:
        self._client = client

    def succeed(self, task_token: str) -> bool:
        return _reached(lambda: self._client.send_task_success(taskToken=task_token, output="{}"))

    def fail(self, task_token: str, *, error: str, cause: str) -> bool:
        return _reached(
            lambda: self._client.send_task_failure(
                taskToken=task_token, error=error[:_LONGEST_ERROR], cause=cause[:_LONGEST_CAUSE]
            )
        )


def _reached(send: Callable[[], object]) -> bool:
    try:
        with translated("Step Functions"):
            send()
    except ClientError as exc:
        if error_code(exc) not in _GONE:
            raise
        return False
    return True
