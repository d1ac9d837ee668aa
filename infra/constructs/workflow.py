"""A Step Functions workflow from a file, with logs, tracing and a role of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.functions import TidelineFunction
from infra.settings import Environment

_FOLDER = Path(__file__).parent.parent / "statemachines"


class Workflow(Construct):
    """A standard workflow: exactly one execution of a name, and a history of every step.

    Attributes:
        machine: The state machine.
        memory_mb: Memory of the function behind each state; a Map stands for the states in it too.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        file: str,
        environment: Environment,
        steps: Mapping[str, TidelineFunction],
        substitutions: Mapping[str, str] | None = None,
        evaluates_timeouts: bool = True,
        concurrency: int | None = None,
    ) -> None:
        """Make a workflow.

        Args:
            scope: What it belongs to.
            name: Its name in that scope.
            file: Name of its definition, without `.asl.json`.
            environment: Says how it is called and how long its logs are kept.
            steps: The functions that it may call, by the name that the definition gives them.
            substitutions: Other values of the definition.
            evaluates_timeouts: Whether a state's timeout may be an expression where this is deployed.
            concurrency: How many items of a distributed Map are under way at once.
        """
        super().__init__(scope, name)
        functions = {key: function.resource.function_arn for key, function in steps.items()}
        self.memory_mb = dict(_memories(json.loads(definition(file))["States"], steps))
        machine_name = f"{environment.prefix}-{file}"
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=machine_name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(
                definition(file, evaluates_timeouts=evaluates_timeouts, concurrency=concurrency)
            ),
            definition_substitutions={
                "Partition": Aws.PARTITION,
                **functions,
                **(substitutions or {}),
            },
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Logs",
                    # The prefix spares a resource policy, of which an account may have ten.
                    log_group_name=f"/aws/vendedlogs/states/{machine_name}",
                    retention=logs.RetentionDays[environment.log_retention],
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            ),
        )
        self.machine.add_to_role_policy(
            iam.PolicyStatement(
                sid="CallSteps",
                actions=["lambda:InvokeFunction"],
                resources=list(functions.values()),
            )
        )


def definition(file: str, *, evaluates_timeouts: bool = True, concurrency: int | None = None) -> str:
    """Return a workflow's definition without the white space that counts against its limit."""
    machine = json.loads((_FOLDER / f"{file}.asl.json").read_text(encoding="utf-8"))
    if not evaluates_timeouts:
        _fix_timeouts(machine)
    if concurrency is not None:
        _limit_maps(machine, concurrency)
    return json.dumps(machine, separators=(",", ":"))


def _memories(states: Mapping[str, Any], steps: Mapping[str, TidelineFunction]) -> Iterator[tuple[str, int]]:
    for name, state in states.items():
        called = str(state.get("Arguments", {}).get("FunctionName", "")).strip("${}")
        if called in steps:
            yield name, steps[called].definition.memory_mb
        within = dict(_memories(state.get("ItemProcessor", {}).get("States", {}), steps))
        if within:
            yield from within.items()
            yield name, max(within.values())


def _limit_maps(machine: dict[str, Any], concurrency: int) -> None:
    """Set how much distributed Maps do at once: a number there, which no substitution could be."""
    for state in machine["States"].values():
        if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            state["MaxConcurrency"] = concurrency


def _fix_timeouts(machine: dict[str, Any]) -> None:
    """Give states whose timeout is an expression as long as the whole workflow has."""
    for state in machine["States"].values():
        if isinstance(state.get("TimeoutSeconds"), str):
            state["TimeoutSeconds"] = machine["TimeoutSeconds"]
