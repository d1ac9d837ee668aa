"""Rollback: one queue for those who ask to go back, and alarms that do so while nobody looks."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging, on_alarms
from infra.settings import Environment
from tideline.events.commands import RollbackRequested

_NAMESPACE = "AWS/ApiGateway"
_PERIOD = Duration.minutes(1)
# Three bad minutes of five: one hiccup rolls nothing back, and what lasts is taken back within five minutes.
_LOOKS, _BAD_LOOKS = 5, 3
# Server errors in a minute, a count and not a share: a share of two calls says nothing, and an alarm on a
# share with a least number of calls needs metric math, which MiniStack 1.5.33 refuses.
_ERRORS = 10
# `predict` answers a warm call in milliseconds and is killed after 29 s. Where few call, the slowest of them
# is a cold start; one that takes this long in three minutes of five is none.
_SLOW_MS = 5_000


class Rollback(Construct):
    """Goes back for a person, an event or an alarm.

    Attributes:
        roll_back: Breaks off the release under way, or puts the champion before back.
        alarms: On errors and latency of the API, of all models together.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        api: api.HttpApi,
        messaging: Messaging,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self.roll_back = functions.make(self, "roll_back")
        self._prefix, self._api = environment.prefix, api
        self.alarms = (
            self._alarm(
                "errors",
                "Calls fail with a server error",
                metric="5xx",
                statistic=cloudwatch.Stats.SUM,
                threshold=_ERRORS,
            ),
            self._alarm(
                "latency",
                "One call in a hundred is slow",
                metric="Latency",
                statistic=cloudwatch.Stats.percentile(99),
                threshold=_SLOW_MS,
            ),
        )
        messaging.feed(
            self.roll_back,
            queue="rollback",
            rules=[
                messaging.on_bus(self, "RollbackWanted", RollbackRequested.detail_type()),
                on_alarms(self, "AlarmWentOff", alarms=self.alarms),
            ],
        )

    def _alarm(
        self, name: str, description: str, *, metric: str, statistic: str, threshold: int
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name.capitalize(),
            alarm_name=f"{self._prefix}-api-{name}",
            alarm_description=f"{description}: releases under way and very recent ones are rolled back",
            metric=cloudwatch.Metric(
                namespace=_NAMESPACE,
                metric_name=metric,
                dimensions_map={"ApiId": self._api.api_id},
                statistic=statistic,
                period=_PERIOD,
            ),
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=_LOOKS,
            datapoints_to_alarm=_BAD_LOOKS,
            # Minutes in which nobody calls.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
