"""Alerts: one topic for people, what writes to it, and what puts the same into a chat.

Every alert goes through `notify`. Neither EventBridge nor CloudWatch could publish to the topic: its key is
AWS's own (`alias/aws/sns`), which costs nothing and whose policy lets only the account's identities use it.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants
from infra.alert_settings import AlertSettings
from infra.constructs.functions import FunctionFactory, TidelineFunction
from infra.constructs.messaging import Messaging, on_alarms
from infra.settings import Environment
from infra.target import Target
from tideline.alerting.table import ALERTS
from tideline.domain.alerts.alarm_names import alarm_prefix

# Each message may wait for an answer for twice eight seconds, of the sixty that the function has.
_CHAT_BATCH = 3


class Alerts(Construct):
    """The topic and who serves it.

    Attributes:
        topic: Whoever wants to hear subscribes to it: a mailbox, a telephone, a queue.
        notify: Puts events into words.
        send_to_chat: Puts what the topic says into a chat; None where none is set.
        chat_dead_letters: What the chat refused; None where none is set.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        target: Target,
        settings: AlertSettings,
        rollback_alarms: tuple[cloudwatch.Alarm, ...],
        messaging: Messaging,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self._messaging = messaging
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=f"{environment.prefix}-alerts",
            display_name=f"Tideline {environment.name}",
            master_key=kms.Alias.from_alias_name(self, "Key", "alias/aws/sns"),
            enforce_ssl=target.demands_tls,
        )
        for address in settings.emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        self.notify = functions.make(self, "notify")
        messaging.feed(
            self.notify,
            queue="alerts",
            rules=[
                messaging.on_bus(self, "WorthTelling", *(fact.detail_type() for fact in ALERTS)),
                on_alarms(
                    self, "AlarmWentOff", alarms=rollback_alarms, prefix=alarm_prefix(environment.prefix)
                ),
            ],
        )
        self.send_to_chat: TidelineFunction | None = None
        self.chat_dead_letters: sqs.IQueue | None = None
        if settings.webhook_parameter is not None:
            self._add_chat(functions.make(self, "send_to_chat"), settings.webhook_parameter)

    def _add_chat(self, function: TidelineFunction, parameter: str) -> None:
        queue = self._messaging.feed(function, queue="chat", rules=[], batch_size=_CHAT_BATCH)
        letters = queue.dead_letter_queue
        if letters is None:
            raise TypeError(f"{queue.node.path} has no dead letters")
        self.topic.add_subscription(
            subscriptions.SqsSubscription(queue, dead_letter_queue=self._messaging.undelivered)
        )
        function.allow(grants.read_secret(Stack.of(self), parameter), grants.send_dead_letters(letters.queue))
        self.send_to_chat, self.chat_dead_letters = function, letters.queue
