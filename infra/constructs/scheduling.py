"""Scheduling: a group for the models' schedules and the role that they act under.

The schedules themselves are made by a function when a spec asks for one.
"""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import grants
from infra.constructs.messaging import Messaging
from infra.settings import Environment


class Scheduling(Construct):
    """Where schedules live, and what they may do: put events on the bus.

    Attributes:
        group: The group, deleted with everything in it.
        role: What EventBridge Scheduler acts as.
    """

    def __init__(
        self, scope: Construct, name: str, *, environment: Environment, messaging: Messaging
    ) -> None:
        super().__init__(scope, name)
        self.group = scheduler.CfnScheduleGroup(self, "Group", name=environment.prefix)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                # Otherwise a schedule of anybody's could act as this role (confused deputy).
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        self.role.add_to_policy(grants.put_events(messaging.bus))
        self.role.add_to_policy(grants.send_dead_letters(messaging.undelivered))
