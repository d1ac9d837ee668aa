"""The stack of one environment: it only wires constructs."""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import CfnOutput, Stack, Tags
from constructs import Construct

from infra.access import Access
from infra.constructs.alarms import Alarms
from infra.constructs.alerts import Alerts
from infra.constructs.batch import Batch
from infra.constructs.capture import Capture
from infra.constructs.dashboard import Dashboard
from infra.constructs.functions import FunctionFactory
from infra.constructs.intake import Intake
from infra.constructs.messaging import Messaging
from infra.constructs.monitoring import Monitoring
from infra.constructs.people import People
from infra.constructs.registry_api import RegistryApi
from infra.constructs.release import Release
from infra.constructs.reproduction import Reproduction
from infra.constructs.rollback import Rollback
from infra.constructs.scheduling import Scheduling
from infra.constructs.serving import Serving
from infra.constructs.storage import Storage
from infra.constructs.training import Training
from infra.packages import Packages
from infra.settings import Settings
from infra.target import Target


class Platform(Stack):
    """Everything of one environment, in one stack: parts that export to each other block updates."""

    def __init__(self, scope: Construct, *, settings: Settings, target: Target, root: Path) -> None:
        environment = settings.environment
        super().__init__(
            scope,
            f"Tideline-{environment.name}",
            description=f"Tideline, environment {environment.name}",
            env=target.cdk_environment(),
            synthesizer=target.synthesizer(),
            termination_protection=environment.retained,
        )
        Tags.of(self).add("tideline:environment", environment.name)
        self._packages = Packages(self, target=target, root=root, built=settings.bundled)
        functions = FunctionFactory(environment=environment, packages=self._packages)
        self._environment = environment
        self._architecture = target.architecture
        self._schedule_group_in_arn = environment.prefix if target.names_schedule_groups else "default"
        self._storage = Storage(self, "Storage", environment=environment, target=target)
        self._messaging = Messaging(self, "Messaging", environment=environment, target=target)
        self._scheduling = Scheduling(self, "Scheduling", environment=environment, messaging=self._messaging)
        self._intake = Intake(
            self,
            "Intake",
            inbox=self._storage.inbox,
            messaging=self._messaging,
            functions=functions,
        )
        self._training = Training(
            self,
            "Training",
            environment=environment,
            target=target,
            messaging=self._messaging,
            functions=functions,
        )
        self._reproduction = Reproduction(
            self, "Reproduction", environment=environment, training=self._training
        )
        self._release = Release(
            self,
            "Release",
            environment=environment,
            target=target,
            messaging=self._messaging,
            functions=functions,
        )
        self._issuer = settings.api.issuer
        self._webhook_parameter = settings.alerts.webhook_parameter
        self._cli_environment = environment.name if target.told_by_environment else ""
        self._serving = Serving(
            self, "Serving", environment=environment, settings=settings.api, functions=functions
        )
        self._capture = Capture(
            self,
            "Capture",
            environment=environment,
            target=target,
            predictions=self._serving.predict.logs,
            lake=self._storage.lake,
            messaging=self._messaging,
            functions=functions,
        )
        self._batch = Batch(
            self,
            "Batch",
            environment=environment,
            target=target,
            inbox=self._storage.inbox,
            lake=self._storage.lake,
            messaging=self._messaging,
            functions=functions,
        )
        self._monitoring = Monitoring(self, "Monitoring", messaging=self._messaging, functions=functions)
        self._rollback = Rollback(
            self,
            "Rollback",
            environment=environment,
            api=self._serving.api,
            messaging=self._messaging,
            functions=functions,
        )
        self._registry_api = RegistryApi(self, "RegistryApi", api=self._serving.api, functions=functions)
        self._alerts = Alerts(
            self,
            "Alerts",
            environment=environment,
            target=target,
            settings=settings.alerts,
            rollback_alarms=self._rollback.alarms,
            messaging=self._messaging,
            functions=functions,
        )
        workflows = {
            "training": self._training.workflow.machine,
            "release": self._release.workflow.machine,
            "batch": self._batch.workflow.machine,
        }
        Alarms(
            self,
            "Alarms",
            environment=environment,
            mode=settings.alerts.alarms,
            dead_letters=self._messaging.dead_letters_by_name,
            functions=functions.made,
            workflows={**workflows, "reproduction": self._reproduction.workflow.machine},
        )
        self._dashboard = Dashboard(
            self,
            "Dashboard",
            environment=environment,
            api=self._serving.api,
            predict=self._serving.predict,
            workflows=workflows,
            dead_letters=tuple(self._messaging.dead_letters_by_name),
        )
        functions.configure(self._values())
        self._grant()
        self._people = People(
            self,
            "People",
            environment=environment,
            storage=self._storage,
            messaging=self._messaging,
            machines=(
                self._training.workflow.machine,
                self._release.workflow.machine,
                self._batch.workflow.machine,
            ),
            reproduction=self._reproduction.workflow.machine,
            predictions=self._serving.predict.logs,
            api=self._serving.api,
        )
        self._tell_users()

    def _values(self) -> dict[str, str]:
        """Return all that a function's settings may name."""
        issuer = {"jwt_issuer": self._issuer} if self._issuer else {}
        return (
            issuer
            | self._chat_values()
            | {
                "environment": self._environment.name,
                "cli_environment": self._cli_environment,
                "alert_topic_arn": self._alerts.topic.topic_arn,
                "code_sha256": self._packages.code_sha256,
                "lock_sha256": self._packages.training_lock_sha256,
                "inbox_bucket": self._storage.inbox.bucket_name,
                "lake_bucket": self._storage.lake.bucket_name,
                "table_name": self._storage.registry.table_name,
                "bus_name": self._messaging.bus.event_bus_name,
                "bus_arn": self._messaging.bus.event_bus_arn,
                "architecture": self._architecture,
                "training_memory_mb": json.dumps(self._training.workflow.memory_mb, sort_keys=True),
                "training_state_machine_arn": self._training.workflow.machine.state_machine_arn,
                "release_state_machine_arn": self._release.workflow.machine.state_machine_arn,
                "batch_state_machine_arn": self._batch.workflow.machine.state_machine_arn,
                "schedule_group": self._scheduling.group.name or "",
                "schedule_role_arn": self._scheduling.role.role_arn,
                "schedule_dead_letters_arn": self._messaging.undelivered.queue_arn,
                "compaction_queue_url": self._capture.compaction.queue_url,
            }
        )

    def _chat_values(self) -> dict[str, str]:
        letters = self._alerts.chat_dead_letters
        if letters is None or self._webhook_parameter is None:
            return {}
        return {"webhook_parameter": self._webhook_parameter, "chat_dead_letters_url": letters.queue_url}

    def _grant(self) -> None:
        access = Access(storage=self._storage, messaging=self._messaging)
        access.intake(self._intake, self._scheduling, group_in_arn=self._schedule_group_in_arn)
        access.training(self._training, self._scheduling, group_in_arn=self._schedule_group_in_arn)
        access.release(self._release, self._rollback)
        access.serving(self._serving)
        access.capture(self._capture)
        access.batch(self._batch)
        access.monitoring(self._monitoring)
        access.registry_api(self._registry_api, self._release)
        access.alerts(self._alerts)

    def _tell_users(self) -> None:
        queues = self._messaging.dead_letter_queues
        outputs = {
            "InboxBucket": self._storage.inbox.bucket_name,
            "LakeBucket": self._storage.lake.bucket_name,
            "EventBus": self._messaging.bus.event_bus_name,
            "RegistryTable": self._storage.registry.table_name,
            "ApiUrl": self._serving.api.api_endpoint,
            "ApiId": self._serving.api.api_id,
            "TrainingStateMachine": self._training.workflow.machine.state_machine_arn,
            "ReleaseStateMachine": self._release.workflow.machine.state_machine_arn,
            "BatchStateMachine": self._batch.workflow.machine.state_machine_arn,
            "ReproductionStateMachine": self._reproduction.workflow.machine.state_machine_arn,
            "DeadLetterQueues": self.to_json_string([queue.queue_url for queue in queues]),
            "CaptureFunction": self._capture.capture_predictions.resource.function_name,
            "PredictFunction": self._serving.predict.resource.function_name,
            "AlertTopic": self._alerts.topic.topic_arn,
            "DashboardName": self._dashboard.name,
            "OperatorPolicy": self._people.operator.managed_policy_arn,
            "ApproverPolicy": self._people.approver.managed_policy_arn,
            "Region": self.region,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
