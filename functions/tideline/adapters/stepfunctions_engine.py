"""Step Functions as the workflow engine."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.domain.training.run import RunFailure

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# Names that our own errors and Python's wear at the start of their text; see `tideline.errors`.
_NAMED = re.compile(r"^([A-Z][A-Za-z]+): (.*)$", re.DOTALL)
# How Lambda's own messages begin: `RequestId: 6f... Error: Runtime exited`.
_NO_NAMES = frozenset({"RequestId", "Error"})
_ANONYMOUS = frozenset({"Runtime.HandlerError", "States.TaskFailed", "Lambda.Unknown", "Exception"})
# The history of a run is short (trials run in a Map of at most 100); two pages reach its last states.
_HISTORY_EVENTS = 200


class StepFunctionsEngine:
    """`tideline.ports.WorkflowEngine` on one state machine."""

    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn

    def start(self, name: str, payload: str) -> str:
        try:
            with translated("Step Functions"):
                answer = self._client.start_execution(
                    stateMachineArn=self._state_machine_arn, name=name, input=payload
                )
                return answer["executionArn"]
        except ClientError as exc:
            # A used name is refused for 90 days: what is to be done has been started already.
            if error_code(exc) != "ExecutionAlreadyExists":
                raise
            return self.execution_arn(name)

    def execution_arn(self, name: str) -> str:
        return f"{self._state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"

    def has_ended(self, execution_arn: str) -> bool:
        try:
            with translated("Step Functions"):
                answer = self._client.describe_execution(executionArn=execution_arn)
        except ClientError as exc:
            if error_code(exc) != "ExecutionDoesNotExist":
                raise
            return True
        return answer["status"] not in ("RUNNING", "PENDING_REDRIVE")

    def failure(self, execution_arn: str, *, error: str | None, cause: str | None) -> RunFailure:
        events = self._history(execution_arn)
        failed = _last_failure(events)
        name, text = readable(error or failed.get("error", ""), cause or failed.get("cause", ""))
        return RunFailure(stage=_stage(events), error=name, cause=text)

    def _history(self, execution_arn: str) -> list[Any]:
        """Return the newest events, newest first; none where Step Functions forgot them (after 90 days)."""
        try:
            with translated("Step Functions"):
                answer = self._client.get_execution_history(
                    executionArn=execution_arn,
                    reverseOrder=True,
                    maxResults=_HISTORY_EVENTS,
                    includeExecutionData=True,
                )
        except ClientError as exc:
            # What waits for this answer holds a model's lock: a redriven message must not fail for it.
            if error_code(exc) != "ExecutionDoesNotExist":
                raise
            return []
        return list(answer["events"])


def readable(error: str, cause: str) -> tuple[str, str]:
    """Return an error's class name and its message, out of what Lambda and Step Functions make of them."""
    message = cause
    try:
        payload = json.loads(cause)
    except ValueError:
        payload = None
    if isinstance(payload, dict) and "errorMessage" in payload:
        message = str(payload["errorMessage"])
        error = str(payload.get("errorType") or error)
    match = _NAMED.match(message)
    if match is None or match[1] in _NO_NAMES:
        return error or "Unknown", message
    named = match[1] if error in _ANONYMOUS or error == match[1] or not error else error
    return named, match[2] if named == match[1] else message


def _last_failure(events: list[Any]) -> dict[str, str]:
    """Return error and cause of the newest event that carries them (newest first in `events`)."""
    for event in events:
        for key, details in event.items():
            if key.endswith(("FailedEventDetails", "TimedOutEventDetails")):
                return {name: str(details[name]) for name in ("error", "cause") if details.get(name)}
    return {}


def _stage(events: list[Any]) -> str:
    entered = (event.get("stateEnteredEventDetails") for event in events)
    return next((details["name"] for details in entered if details), "start")
