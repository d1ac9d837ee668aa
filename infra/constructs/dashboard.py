"""The view from above: one dashboard for an environment, which finds its models by itself.

Three dashboards of an account are free as long as each shows at most 50 metrics; a fourth, or a larger one,
is $3 a month (https://aws.amazon.com/cloudwatch/pricing/, 2026-11). Searches, whose results nobody knows
before, show the largest few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.functions import METRICS_NAMESPACE, TidelineFunction
from infra.settings import Environment
from tideline.domain.monitoring.metric_names import MonitoringMetric

MAX_METRICS = 50
_HEIGHT, _THIRD, _HALF, _QUARTER = 6, 8, 12, 6
_MODELS_SHOWN, _LETTERS_SHOWN, _FACTS_SHOWN = 4, 4, 5
# A search takes 1,024 characters; names of queues have up to sixty.
_QUEUES_A_SEARCH = 12
_VISIBLE = "ApproximateNumberOfMessagesVisible"
_FIVE_MINUTES, _HOUR = Duration.minutes(5), Duration.hours(1)
_TITLES = {
    MonitoringMetric.ROWS: "Rows in the window",
    MonitoringMetric.DRIFTED: "Features that have drifted",
    MonitoringMetric.ESTIMATED: "Quality, estimated",
    MonitoringMetric.REALISED: "Quality, known outcomes",
}
# What functions count, in their own words.
_FACTS = ("RunAdmitted", "RunDenied", "ReleaseRolledBack", "RolledBack", "AlertSent")


class Dashboard(Construct):
    """Requests, latency, models, runs, denials and dead letters on one page.

    Attributes:
        name: Of the dashboard in CloudWatch.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        api: api.HttpApi,
        predict: TidelineFunction,
        workflows: Mapping[str, sfn.StateMachine],
        dead_letters: Sequence[str],
    ) -> None:
        super().__init__(scope, name)
        self.name = environment.prefix
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=self.name,
            default_interval=Duration.days(1),
            widgets=[
                _traffic(api, predict),
                [_of_models(metric) for metric in MonitoringMetric],
                [_runs(workflows), _facts(), _letters(environment, dead_letters)],
            ],
        )


def _traffic(http_api: api.HttpApi, predict: TidelineFunction) -> list[cloudwatch.IWidget]:
    function = predict.resource
    return [
        _graph(
            "Requests and errors",
            [
                http_api.metric_count(label="requests", period=_FIVE_MINUTES),
                http_api.metric_client_error(label="client errors", period=_FIVE_MINUTES),
                http_api.metric_server_error(label="server errors", period=_FIVE_MINUTES),
            ],
        ),
        _graph(
            "Latency (ms)",
            [
                of(statistic=statistic, label=f"{what} {statistic}", period=_FIVE_MINUTES)
                for what, of in (("API", http_api.metric_latency), ("predict", function.metric_duration))
                for statistic in ("p50", "p99")
            ],
        ),
        _graph(
            "Functions: errors and throttles",
            [
                function.metric_throttles(label="predict, throttles", period=_FIVE_MINUTES),
                *(
                    cloudwatch.Metric(
                        namespace="AWS/Lambda",
                        metric_name=name,
                        statistic=cloudwatch.Stats.SUM,
                        label=f"every function, {name.lower()}",
                        period=_FIVE_MINUTES,
                    )
                    for name in ("Errors", "Throttles")
                ),
            ],
        ),
    ]


def _of_models(metric: MonitoringMetric) -> cloudwatch.GraphWidget:
    query = f'Namespace="{METRICS_NAMESPACE}" MetricName="{metric.value}"'
    search = _search(query, "Average", _HOUR, most=_MODELS_SHOWN)
    return _graph(_TITLES[metric], [search], width=_QUARTER)


def _runs(workflows: Mapping[str, sfn.StateMachine]) -> cloudwatch.GraphWidget:
    return _graph(
        "Workflows: started and failed",
        [
            of(label=f"{name}, {what}", period=_HOUR)
            for name, machine in workflows.items()
            for what, of in (("started", machine.metric_started), ("failed", machine.metric_failed))
        ],
    )


def _facts() -> cloudwatch.GraphWidget:
    names = " OR ".join(f'"{name}"' for name in _FACTS)
    query = f'Namespace="{METRICS_NAMESPACE}" MetricName=({names})'
    return _graph(
        "Runs admitted and denied, rollbacks, alerts", [_search(query, "Sum", _HOUR, most=_FACTS_SHOWN)]
    )


def _letters(environment: Environment, queues: Sequence[str]) -> cloudwatch.GraphWidget:
    queries = letter_queries(environment.prefix, queues)
    return _graph(
        "Dead letters",
        [_search(query, "Maximum", _FIVE_MINUTES, most=_LETTERS_SHOWN) for query in queries],
    )


def letter_queries(prefix: str, queues: Sequence[str]) -> list[str]:
    """Return what finds the messages in queues, by their names without the environment."""
    starts = range(0, len(queues), _QUEUES_A_SEARCH)
    groups = [queues[start : start + _QUEUES_A_SEARCH] for start in starts]
    named = [" OR ".join(f'"{prefix}-{queue}"' for queue in group) for group in groups]
    return [f'{{AWS/SQS,QueueName}} MetricName="{_VISIBLE}" QueueName=({names})' for names in named]


def _search(query: str, statistic: str, period: Duration, *, most: int) -> cloudwatch.MathExpression:
    """Return the `most` largest of what a search finds."""
    found = f"SEARCH('{query}', '{statistic}', {period.to_seconds():.0f})"
    return cloudwatch.MathExpression(
        expression=f"SLICE(SORT({found}, MAX, DESC), 0, {most})", using_metrics={}, label="", period=period
    )


def _graph(
    title: str, metrics: Sequence[cloudwatch.IMetric], *, width: int = _THIRD
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, height=_HEIGHT)
