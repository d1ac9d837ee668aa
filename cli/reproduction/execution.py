"""An execution of the reproduction workflow: started, or joined where one is under way, and followed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cli.errors import CliError
from cli.follow.history import Stage, progress_of, read_history
from cli.follow.outcome import Ending
from tideline.adapters.stepfunctions_engine import StepFunctionsEngine
from tideline.domain.release.capsule import Capsule
from tideline.domain.release.reproduction import Reproduced, reproduction_order
from tideline.domain.training.run import reproduction_id

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_POLL_S = 1.0


@dataclass(frozen=True)
class Execution:
    """One reproduction; `name` is also the folder of its files among the model's runs."""

    name: str
    arn: str
    joined: bool


@dataclass(frozen=True)
class Reproductions:
    """The reproduction workflow of a deployment."""

    client: SFNClient
    machine_arn: str

    def begin(self, capsule: Capsule, *, at: datetime) -> Execution:
        """Start a reproduction, or join the one of this version that is under way."""
        running = self._under_way(capsule.order.run_id)
        if running is not None:
            return running
        name = reproduction_id(capsule.order.run_id, at=at)
        payload = reproduction_order(capsule, name=name).model_dump_json()
        return Execution(name, self._engine.start(name, payload), joined=False)

    def wait(
        self,
        execution: Execution,
        *,
        told: Callable[[Stage], None],
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Reproduced:
        """Return what a reproduction handed back.

        Args:
            execution: To wait for.
            told: Called once for each stage as it ends.
            timeout_s: How long to wait.
            clock: In seconds.
            sleep: For seconds.

        Raises:
            CliError: it failed, or has not ended in time.
        """
        deadline, shown = clock() + timeout_s, set[str]()
        while True:
            answer = self.client.describe_execution(executionArn=execution.arn)
            for stage in progress_of(read_history(self.client, execution.arn)).stages:
                if stage.ended is not None and stage.name not in shown:
                    shown.add(stage.name)
                    told(stage)
            if answer["status"] == "SUCCEEDED":
                return Reproduced.model_validate_json(answer["output"])
            if answer["status"] not in ("RUNNING", "PENDING_REDRIVE"):
                raise self._failed(execution, answer.get("error"), answer.get("cause"))
            if clock() >= deadline:
                raise CliError(
                    f"reproduction {execution.name} has not ended in {timeout_s:.0f} seconds; it goes on, and"
                    " the same command follows it again"
                )
            sleep(_POLL_S)

    def _failed(self, execution: Execution, error: str | None, cause: str | None) -> CliError:
        failure = self._engine.failure(execution.arn, error=error, cause=cause)
        return CliError(
            f"reproduction {execution.name} failed in {failure.stage}: {failure.error}: {failure.cause}",
            exit_code=Ending.FAILED.exit_code,
        )

    def _under_way(self, run_id: str) -> Execution | None:
        ours = re.compile(rf"{re.escape(run_id)}-r\d{{14}}")
        pages = self.client.get_paginator("list_executions").paginate(
            stateMachineArn=self.machine_arn, statusFilter="RUNNING"
        )
        for page in pages:
            for found in page["executions"]:
                if ours.fullmatch(found["name"]):
                    return Execution(found["name"], found["executionArn"], joined=True)
        return None

    @property
    def _engine(self) -> StepFunctionsEngine:
        return StepFunctionsEngine(self.client, self.machine_arn)
