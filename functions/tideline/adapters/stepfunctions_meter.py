"""What an execution of Step Functions used, out of its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import translated
from tideline.domain.costs.usage import FunctionUse, Usage
from tideline.errors import HistoryUnreadable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_SCHEDULED = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
_STARTED = frozenset({"TaskStarted", "LambdaFunctionStarted"})
_ENDED = frozenset(
    f"{kind}{end}" for kind in ("Task", "LambdaFunction") for end in ("Succeeded", "Failed", "TimedOut")
)
_PAGE = 1000


class StepFunctionsMeter:
    """`tideline.ports.ExecutionMeter`; children of a distributed Map have a history of their own."""

    def __init__(self, client: SFNClient) -> None:
        self._client = client

    def measure(self, execution_arn: str, *, memory_mb: Mapping[str, int]) -> Usage:
        tally = _Tally()
        try:
            for event in self._events(execution_arn):
                tally.add(event)
        except ClientError as exc:
            raise HistoryUnreadable(f"the history of {execution_arn} cannot be read: {exc}") from exc
        return tally.usage(memory_mb)

    def _events(self, execution_arn: str) -> Iterable[Mapping[str, Any]]:
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution_arn, includeExecutionData=False, PaginationConfig={"PageSize": _PAGE}
        )
        with translated("Step Functions"):
            for page in pages:
                yield from page["events"]


@dataclass
class _Call:
    """One attempt of a task: from where it began until it was answered."""

    state: str
    since: datetime
    until: datetime | None = None


@dataclass
class _Tally:
    """Adds up events, oldest first.

    Each event names the one before it on its own path, which is how parallel paths are told apart.
    MiniStack 1.5.33 names none, and tells of no state within a Map: there a call belongs to the state that
    was entered last, and answers are taken in the order of the calls, which leaves the sum of their times
    the same.
    """

    states: dict[int, str] = field(default_factory=dict)
    open: dict[int, _Call] = field(default_factory=dict)
    origin: dict[int, int] = field(default_factory=dict)
    calls: list[_Call] = field(default_factory=list)
    transitions: int = 0
    entered: str = ""
    newest: datetime | None = None

    def add(self, event: Mapping[str, Any]) -> None:
        """Take one event into account."""
        number, kind = int(event["id"]), str(event["type"])
        before = int(event.get("previousEventId") or 0)
        self.newest = event["timestamp"]
        if kind.endswith("StateEntered"):
            self.entered = self.states[number] = str(event["stateEnteredEventDetails"]["name"])
            self.transitions += 1
            return
        self.states[number] = self.states.get(before, self.entered)
        if before in self.origin:
            self.origin[number] = self.origin[before]
        if kind in _SCHEDULED:
            self._begin(number, before, event["timestamp"])
        elif kind in _STARTED and self.origin.get(number) in self.open:
            self.open[self.origin[number]].since = event["timestamp"]
        elif kind in _ENDED:
            self._end(number, event["timestamp"])

    def _begin(self, number: int, before: int, at: datetime) -> None:
        # A call that follows on another in the same state is a retry, which is a transition more.
        self.transitions += before in self.origin
        self.origin[number] = number
        self.open[number] = _Call(self.states[number], at)
        self.calls.append(self.open[number])

    def _end(self, number: int, at: datetime) -> None:
        begun = self.origin.get(number) or next(iter(self.open), None)
        call = self.open.pop(begun, None) if begun is not None else None
        if call is not None:
            call.until = at

    def usage(self, memory_mb: Mapping[str, int]) -> Usage:
        """Return the sum; a call that nobody answered lasted until the end."""
        times: dict[str, list[int]] = {}
        for call in self.calls:
            until = call.until or self.newest or call.since
            times.setdefault(call.state, []).append(round((until - call.since).total_seconds() * 1000))
        strange = times.keys() - memory_mb.keys()
        if strange:
            raise HistoryUnreadable(f"the memory of {', '.join(sorted(strange))} is not known")
        uses = [
            FunctionUse(state=state, calls=len(lasted), billed_ms=sum(lasted), memory_mb=memory_mb[state])
            for state, lasted in times.items()
        ]
        return Usage(functions=tuple(uses), transitions=self.transitions)
