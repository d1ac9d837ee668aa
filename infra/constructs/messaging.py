"""How parts hear of each other: the event bus, its archive, and queues that lose nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants
from infra.constructs.functions import TidelineFunction
from infra.settings import Environment
from infra.target import Target
from tideline.events.base import SOURCE, Command

# The longest that SQS keeps a message: time for a person to look at it and redrive it.
_DEAD_LETTER_DAYS = 14
_LONGEST_RETENTION = Duration.days(_DEAD_LETTER_DAYS)
# AWS recommends at least 5, so that a throttled function doesn't dead-letter good messages.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_RECEIVES = 5
# The same page: a message must stay hidden while Lambda retries the batch that it is in.
_VISIBILITY_FACTOR = 6
# EventBridge's own limits for trying again, written down because templates are read.
_DELIVERY_AGE = Duration.hours(24)
_DELIVERY_ATTEMPTS = 185
# And Lambda's for calls that nobody waits for; it throttles them for as long as this before it gives up.
_ASYNC_RETRIES = 2
_ASYNC_AGE_S = 6 * 3600


class Messaging(Construct):
    """The bus, and the queue for events that a rule could not deliver.

    Attributes:
        bus: Commands in, facts out.
        undelivered: Dead letters of every rule.
    """

    def __init__(self, scope: Construct, name: str, *, environment: Environment, target: Target) -> None:
        super().__init__(scope, name)
        self._prefix = environment.prefix
        self._demands_tls = target.demands_tls
        self._types_schedules = target.types_schedules
        self._dead_letter_queues: dict[str, sqs.Queue] = {}
        self.bus = events.EventBus(self, "Bus", event_bus_name=environment.prefix)
        if target.archives_events:
            self.bus.archive(
                "Archive",
                archive_name=environment.prefix,
                description="Every event of Tideline, to be replayed",
                event_pattern=events.EventPattern(source=["tideline"]),
                retention=Duration.days(environment.archive_days),
            )
        self.undelivered = self._dead_letters("undelivered")

    @property
    def dead_letter_queues(self) -> Sequence[sqs.Queue]:
        """Every queue whose messages need a person."""
        return tuple(self._dead_letter_queues.values())

    @property
    def dead_letters_by_name(self) -> Mapping[str, sqs.Queue]:
        """The same by their names, without the environment."""
        return dict(self._dead_letter_queues)

    def feed(
        self,
        function: TidelineFunction,
        *,
        queue: str,
        rules: Sequence[events.Rule],
        batch_size: int = 10,
        max_concurrency: int | None = None,
        delay: Duration | None = None,
    ) -> sqs.Queue:
        """Hand the events of some rules to a function, through a queue that retries.

        A queue between them turns "at least once, dropped under overload" into "until it is done
        or dead-lettered".

        Args:
            function: What handles the events; it reports failures one by one.
            queue: Name of the queue, without the environment.
            rules: Where the events come from.
            batch_size: How many events the function gets at once, at most.
            max_concurrency: How many of its calls may be under way, at least 2.
            delay: How long each message waits before its first delivery.
        """
        made = sqs.Queue(
            self,
            _identifier(queue),
            queue_name=f"{self._prefix}-{queue}",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=self._demands_tls,
            visibility_timeout=Duration.seconds(_VISIBILITY_FACTOR * function.definition.timeout_s),
            retention_period=_LONGEST_RETENTION,
            delivery_delay=delay,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self._dead_letters(f"{queue}-dead-letters"), max_receive_count=_RECEIVES
            ),
        )
        for rule in rules:
            rule.add_target(
                targets.SqsQueue(
                    made,
                    dead_letter_queue=self.undelivered,
                    max_event_age=_DELIVERY_AGE,
                    retry_attempts=_DELIVERY_ATTEMPTS,
                )
            )
        function.resource.add_event_source(
            sources.SqsEventSource(
                made,
                batch_size=batch_size,
                report_batch_item_failures=True,
                max_concurrency=max_concurrency,
            )
        )
        return made

    def keep_failures(self, function: TidelineFunction, *, queue: str) -> None:
        """Keep as dead letters what a function that is called asynchronously failed at.

        The letter is Lambda's record of the call: the event is its `requestPayload`.
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        """
        letters = self._dead_letters(queue)
        function.allow(grants.send_dead_letters(letters))
        lambda_.CfnEventInvokeConfig(
            function,
            "Failures",
            function_name=function.resource.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=_ASYNC_RETRIES,
            maximum_event_age_in_seconds=_ASYNC_AGE_S,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=letters.queue_arn)
            ),
        )

    def on_bus(
        self,
        scope: Construct,
        name: str,
        *detail_types: str,
        detail: Mapping[str, Sequence[str]] | None = None,
    ) -> events.Rule:
        """Return a rule for events of Tideline by their detail types, and by what fields of theirs hold."""
        return events.Rule(
            scope,
            name,
            event_bus=self.bus,
            event_pattern=events.EventPattern(
                source=["tideline"],
                detail_type=list(detail_types),
                detail={field: list(values) for field, values in detail.items()} if detail else None,
            ),
        )

    def take_scheduled(
        self, scope: Construct, command: type[Command], *, queue: sqs.Queue, detail: Mapping[str, Any]
    ) -> None:
        """Hand what schedules send to a queue as the command that it is, where the place itself does not.

        Args:
            scope: Owns the rule.
            command: What is sent.
            queue: Where its events go.
            detail: Tells the command from others that schedules send.
        """
        if self._types_schedules:
            return
        rule = events.Rule(
            scope,
            f"Scheduled{command.detail_type()}",
            event_bus=self.bus,
            event_pattern=events.EventPattern(source=["aws.scheduler"], detail=dict(detail)),
        )
        told = {name: events.EventField.from_path(f"$.{name}") for name in ("id", "time", "detail")}
        envelope = told | {"source": SOURCE, "detail-type": command.detail_type()}
        rule.add_target(
            targets.SqsQueue(
                queue,
                message=events.RuleTargetInput.from_object(envelope),
                dead_letter_queue=self.undelivered,
                max_event_age=_DELIVERY_AGE,
                retry_attempts=_DELIVERY_ATTEMPTS,
            )
        )

    def _dead_letters(self, name: str) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            _identifier(name),
            queue_name=f"{self._prefix}-{name}",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=self._demands_tls,
            retention_period=_LONGEST_RETENTION,
        )
        self._dead_letter_queues[name] = queue
        return queue


def on_executions(scope: Construct, name: str, *, machine_arn: str, statuses: Sequence[str]) -> events.Rule:
    """Return a rule for executions of a workflow that came to an end.

    Step Functions tells the account's default bus, also when a workflow failed in a way that no
    `Catch` of its own can see.
    """
    return events.Rule(
        scope,
        name,
        event_pattern=events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={"stateMachineArn": [machine_arn], "status": list(statuses)},
        ),
    )


def on_alarms(
    scope: Construct, name: str, *, alarms: Sequence[cloudwatch.Alarm], prefix: str = ""
) -> events.Rule:
    """Return a rule for alarms that go off; CloudWatch tells the account's default bus.

    Args:
        scope: What the rule belongs to.
        name: Its name in that scope.
        alarms: Alarms to be heard of.
        prefix: What the names of others start with: a pattern that lists them all could be too long for
            EventBridge, which takes 2,048 characters.
    """
    names: list[object] = [alarm.alarm_name for alarm in alarms]
    return events.Rule(
        scope,
        name,
        event_pattern=events.EventPattern(
            source=["aws.cloudwatch"],
            detail_type=["CloudWatch Alarm State Change"],
            detail={
                "alarmName": [*names, *([{"prefix": prefix}] if prefix else [])],
                "state": {"value": ["ALARM"]},
            },
        ),
    )


def _identifier(queue: str) -> str:
    return "".join(part.capitalize() for part in queue.split("-")) + "Queue"
