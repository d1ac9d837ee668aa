"""Executions of one of the stack's workflows, by the names that they are started under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.target import Target
from tideline.adapters.aws_errors import error_code
from tideline.adapters.stepfunctions_engine import StepFunctionsEngine

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

RUNNING = frozenset({"RUNNING", "PENDING_REDRIVE"})


@dataclass(frozen=True)
class Executions:
    """One state machine's.

    Attributes:
        machine: Its ARN.
    """

    target: Target
    machine: str

    @property
    def engine(self) -> StepFunctionsEngine:
        """The state machine as the functions see it."""
        return StepFunctionsEngine(self.target.stepfunctions, self.machine)

    def arn(self, name: str) -> str:
        """Return the ARN of an execution, whether it has started or not."""
        return self.engine.execution_arn(name)

    def described(self, name: str) -> DescribeExecutionOutputTypeDef | None:
        """Return what Step Functions knows of an execution, None where it has not started."""
        try:
            return self.target.stepfunctions.describe_execution(executionArn=self.arn(name))
        except ClientError as exc:
            if error_code(exc) == "ExecutionDoesNotExist":
                return None
            raise
