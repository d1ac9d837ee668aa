"""What people may do: two policies to attach to users, groups or roles; nobody has them by itself."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import grants
from infra.constructs.messaging import Messaging
from infra.constructs.storage import Storage
from infra.settings import Environment
from tideline.events.commands import MonitorRequested, RetrainRequested

# As IAM matches them: a star stands for any number of characters, slashes too.
_READS = ("GET /models", "GET /models/*", "GET /openapi.json")
_PREDICTIONS = ("POST /models/*/predictions", "POST /v2/models/*", "GET /v2", "GET /v2/*")
_RELEASES = "POST /models/*/release"
_ROLLBACKS = "POST /models/*/rollback"
_APPROVALS = "POST /models/*/versions/*/approval"

_COMMANDS = (MonitorRequested.detail_type(), RetrainRequested.detail_type())
_VERSIONS = "*/versions/*"
_LOOKS = "*/monitoring/looks/*"


class People(Construct):
    """The policies of those who operate models, and of those who approve them.

    Who has both still approves nothing that they asked for: that is decided by identity, not by policy.

    Attributes:
        operator: Drops files, asks for runs, looks, releases and reproductions, reads everything, asks for
            predictions and looks for them in the log. Of events it may put commands only whose sender does
            not matter: a release is asked for through the API, which proves who asks, and facts are told by
            functions.
        approver: Answers to requests for approval, and reads what they are about: of the lake, the files of
            versions and the looks at them, never rows of data.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        storage: Storage,
        messaging: Messaging,
        machines: Sequence[sfn.StateMachine],
        reproduction: sfn.StateMachine,
        predictions: logs.ILogGroup,
        api: api.HttpApi,
    ) -> None:
        super().__init__(scope, name)
        reads = (
            grants.find_stack(Stack.of(self)),
            grants.read_registry(storage.registry),
            grants.tell_missing(storage.inbox, storage.lake),
            grants.read_executions(*machines, reproduction),
            grants.list_executions(*machines, reproduction),
            grants.count_messages(*messaging.dead_letter_queues),
            grants.read_alarms(),
        )
        self.operator = iam.ManagedPolicy(
            self,
            "Operator",
            managed_policy_name=f"{environment.prefix}-operator",
            description="Operate models of Tideline: drop files, ask for runs and releases, predict, read",
            statements=[
                *reads,
                grants.read_lake(storage.lake, "*"),
                grants.drop_files(storage.inbox),
                grants.put_events(messaging.bus, *_COMMANDS),
                grants.start_executions(reproduction),
                grants.search_logs(predictions),
                grants.call_api(api, *_READS, *_PREDICTIONS, _RELEASES, _ROLLBACKS),
            ],
        )
        self.approver = iam.ManagedPolicy(
            self,
            "Approver",
            managed_policy_name=f"{environment.prefix}-approver",
            description="Approve or reject releases of Tideline's models, and read what they are judged by",
            statements=[
                *reads,
                grants.read_lake(storage.lake, _VERSIONS, _LOOKS),
                grants.call_api(api, *_READS, _APPROVALS),
            ],
        )
