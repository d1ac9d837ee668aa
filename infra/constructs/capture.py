"""Capture: the lines that `predict` logs become a table in the lake."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_logs_destinations as destinations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.functions import FunctionFactory, TidelineFunction
from infra.constructs.messaging import Messaging
from infra.constructs.prediction_table import PredictionTable
from infra.settings import Environment
from infra.target import Target
from tideline.domain.prediction_log import TYPE

# A delivery that fails is tried again after one and after two more minutes: by then, the hour before is as
# complete as it gets, and merged once.
_COMPACTION_DELAY = Duration.minutes(5)
# The fewest that Lambda allows; files of one hour are merged by one call.
_COMPACTIONS_AT_ONCE = 2


class Capture(Construct):
    """The subscription to the log of `predict`, what keeps its lines and the table that holds them.

    Nothing reserves concurrency: that would fail in new accounts, which have ten calls in all and must leave
    them unreserved. CloudWatch Logs delivers by log stream, and `predict` has one for each of its machines,
    so that there are never more deliveries at once than calls of `predict`; what Lambda throttles, it tries
    again for six hours.

    Attributes:
        capture_predictions: Writes the lines of a delivery.
        compact_predictions: Merges the files of past hours.
        compaction: The queue of who merges.
        table: What Athena queries.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        target: Target,
        predictions: logs.ILogGroup,
        lake: s3.IBucket,
        messaging: Messaging,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self.capture_predictions = functions.make(self, "capture_predictions")
        self.compact_predictions = functions.make(self, "compact_predictions")
        self.compaction = messaging.feed(
            self.compact_predictions,
            queue="compaction",
            rules=[],
            batch_size=1,
            max_concurrency=_COMPACTIONS_AT_ONCE,
            delay=_COMPACTION_DELAY,
        )
        messaging.keep_failures(self.capture_predictions, queue="capture-dead-letters")
        self._subscribe(predictions, filters_fields=target.filters_fields)
        self.table = PredictionTable(self, "Table", environment=environment, lake=lake)

    def _subscribe(self, predictions: logs.ILogGroup, *, filters_fields: bool) -> None:
        subscription = logs.SubscriptionFilter(
            self,
            "Subscription",
            log_group=predictions,
            # The construct's own permission would name no account.
            destination=destinations.LambdaDestination(
                self.capture_predictions.resource, add_permissions=False
            ),
            filter_pattern=_pattern(filters_fields=filters_fields),
        )
        subscription.node.add_dependency(_permit(self.capture_predictions, predictions))


def _pattern(*, filters_fields: bool) -> logs.IFilterPattern:
    """Return what lines of predictions have and others have not; or nearly so: the function looks too."""
    if filters_fields:
        return logs.FilterPattern.string_value("$.type", "=", TYPE)
    return logs.FilterPattern.all_terms(TYPE)


def _permit(function: TidelineFunction, group: logs.ILogGroup) -> lambda_.CfnPermission:
    """Let one log group of this account call a function."""
    return lambda_.CfnPermission(
        function,
        "FromLogs",
        action="lambda:InvokeFunction",
        function_name=function.resource.function_arn,
        principal="logs.amazonaws.com",
        source_account=Aws.ACCOUNT_ID,
        source_arn=group.log_group_arn,
    )
