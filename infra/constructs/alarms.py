"""Alarms on what no event tells: messages given up, functions that fail or are turned away.

What an event does tell, with more words than a number has, needs no alarm: a failed run, release or batch
job is `RunFailed`, by Step Functions' own event, and costs nothing. Server errors and p99 of predictions are
watched by the two alarms that also roll back (`infra.constructs.rollback`).

An alarm on one metric is $0.10 a month, ten of an account are free, and one on a sum costs the same for each
metric in it (https://aws.amazon.com/cloudwatch/pricing/, 2026-11; MiniStack 1.5.33 takes no sums either). So
there are modes, and in the usual one functions are watched all together: Lambda's metrics without dimensions
are the account's in a region, which is also whose limit throttles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.alert_settings import AlarmMode
from infra.constructs.functions import TidelineFunction
from infra.settings import Environment
from tideline.domain.alerts.alarm_names import EVERY_FUNCTION, AlarmKind, alarm_name

PRICE_USD = 0.10
_FIVE_MINUTES, _QUARTER_HOUR = Duration.minutes(5), Duration.minutes(15)
# Of all functions together: one failed step of a run is told as `RunFailed`; three in a quarter of an hour
# are a function that fails again and again.
_ERRORS_OF_ALL = 3
# Queues and retries get over a short shortage; one of a quarter of an hour they may not.
_THROTTLED_LOOKS = 3


class Alarms(Construct):
    """One alarm for each thing to watch, in the mode that is set.

    Attributes:
        alarms: All of them; none has an action, for EventBridge hears of every change of state.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        mode: AlarmMode,
        dead_letters: Mapping[str, sqs.Queue],
        functions: Sequence[TidelineFunction],
        workflows: Mapping[str, sfn.StateMachine],
    ) -> None:
        super().__init__(scope, name)
        self._prefix = environment.prefix
        self.alarms: list[cloudwatch.Alarm] = []
        if mode == "none":
            return
        for queue_name, queue in dead_letters.items():
            self._watch_letters(queue_name, queue)
        if mode == "essential":
            self._watch_function(EVERY_FUNCTION, None, errors=_ERRORS_OF_ALL, period=_QUARTER_HOUR)
            return
        for function in functions:
            self._watch_function(function.definition.name, function, errors=1, period=_FIVE_MINUTES)
        for workflow_name, machine in workflows.items():
            self._watch_workflow(workflow_name, machine)

    def _watch_letters(self, name: str, queue: sqs.Queue) -> None:
        self._add(
            AlarmKind.DEAD_LETTERS,
            name,
            queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=_FIVE_MINUTES),
            # A queue that nobody touches stops reporting after six hours, and may be full all the same.
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
            missing=cloudwatch.TreatMissingData.IGNORE,
        )

    def _watch_function(
        self, name: str, function: TidelineFunction | None, *, errors: int, period: Duration
    ) -> None:
        of = {"FunctionName": function.resource.function_name} if function else None
        self._add(AlarmKind.FUNCTION_ERRORS, name, _of_lambda("Errors", of, period), threshold=errors)
        self._add(
            AlarmKind.FUNCTION_THROTTLES,
            name,
            _of_lambda("Throttles", of, _FIVE_MINUTES),
            looks=_THROTTLED_LOOKS,
        )

    def _watch_workflow(self, name: str, machine: sfn.StateMachine) -> None:
        self._add(AlarmKind.WORKFLOW_FAILURES, name, machine.metric_failed(period=_FIVE_MINUTES))

    def _add(
        self,
        kind: AlarmKind,
        watched: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: int = 1,
        looks: int = 1,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        self.alarms.append(
            cloudwatch.Alarm(
                self,
                _identifier(kind, watched),
                alarm_name=alarm_name(self._prefix, kind, watched),
                alarm_description=f"docs/operations.md, section {kind.value}, says what to do",
                metric=metric,
                threshold=threshold,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                evaluation_periods=looks,
                treat_missing_data=missing,
            )
        )


def _of_lambda(metric: str, dimensions: Mapping[str, str] | None, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map=dict(dimensions) if dimensions else None,
        statistic=cloudwatch.Stats.SUM,
        period=period,
    )


def _identifier(kind: AlarmKind, watched: str) -> str:
    return "".join(part.capitalize() for part in f"{kind.value}-{watched}".replace("_", "-").split("-"))
