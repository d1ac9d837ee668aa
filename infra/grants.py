"""What functions may do: small policy statements, each about one resource.

CDK's own `grant_*` methods hand out actions by wildcard (`s3:GetObject*`), so they aren't used.
A statement whose resource holds a wildcard is named in `WILDCARDS`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

# Statement id -> why its resource can't be named exactly.
WILDCARDS: Mapping[str, str] = {
    "ReadInbox": "users choose the keys, below one prefix for every model",
    "ReadLake": "one prefix for every model, and models come and go without a deployment",
    "WriteLake": "one prefix for every model, and models come and go without a deployment",
    "DeleteFromLake": "one prefix for every model, and models come and go without a deployment",
    "WriteLogs": "log streams are named by Lambda, one for each of its machines",
    "SearchLogs": "the ARN of a log group ends in a wildcard for its streams",
    "ReadExecutions": "executions are named by the run or release that they carry out",
    "RunMaps": "a Map's children are named by Step Functions, below the name of their workflow",
    "AnswerTasks": "an action without a resource: it is the token, which nobody guesses, that names the task",
    "DropFiles": "users choose the keys, below one prefix for every model",
    "CallApi": "models and versions are part of the path, and come and go without a deployment",
    "SetWakeUps": "named after a model and a moment, with a dot between that no other schedule's name has",
    "ReadAlarms": "alarms are looked for by their state and not by their names",
    "ManageSchedules": "one schedule for every model, all in a group of their own",
}

_READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
_READ_REGISTRY = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
_WRITE_REGISTRY = (
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
)


def _allow(
    sid: str, *actions: str, on: list[str], when: Mapping[str, object] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, actions=list(actions), resources=on, conditions=dict(when) if when else None
    )


def read_inbox(bucket: s3.IBucket, pattern: str = "*") -> iam.PolicyStatement:
    """Allow reading what was dropped, by version, as the event names it, where its key matches a pattern."""
    return _allow("ReadInbox", *_READ_OBJECTS, on=[bucket.arn_for_objects(pattern)])


def read_lake(bucket: s3.IBucket, *patterns: str) -> iam.PolicyStatement:
    """Allow reading objects of the lake whose keys match a pattern."""
    keys = [bucket.arn_for_objects(pattern) for pattern in patterns]
    return _allow("ReadLake", *_READ_OBJECTS, on=keys)


def write_lake(bucket: s3.IBucket, *patterns: str) -> iam.PolicyStatement:
    """Allow writing objects of the lake whose keys match a pattern, in parts too."""
    keys = [bucket.arn_for_objects(pattern) for pattern in patterns]
    return _allow("WriteLake", "s3:PutObject", "s3:AbortMultipartUpload", on=keys)


def delete_from_lake(bucket: s3.IBucket, *patterns: str) -> iam.PolicyStatement:
    """Allow deleting objects of the lake whose keys match a pattern; older versions stay for a while."""
    keys = [bucket.arn_for_objects(pattern) for pattern in patterns]
    return _allow("DeleteFromLake", "s3:DeleteObject", on=keys)


def tell_missing(*buckets: s3.IBucket) -> iam.PolicyStatement:
    """Allow listing: without it S3 answers 403 instead of 404 for an object that isn't there."""
    return _allow("TellMissing", "s3:ListBucket", on=[bucket.bucket_arn for bucket in buckets])


def list_lake(bucket: s3.IBucket, *patterns: str) -> iam.PolicyStatement:
    """Allow listing objects of the lake by prefixes that match a pattern, with their sizes."""
    return _allow(
        "ListLake",
        "s3:ListBucket",
        on=[bucket.bucket_arn],
        when={"StringLike": {"s3:prefix": list(patterns)}},
    )


def read_registry(table: dynamodb.ITable) -> iam.PolicyStatement:
    """Allow reading the registry."""
    return _allow("ReadRegistry", *_READ_REGISTRY, on=[table.table_arn])


def read_registry_item(table: dynamodb.ITable) -> iam.PolicyStatement:
    """Allow reading single items of the registry by their key."""
    return _allow("ReadRegistryItem", "dynamodb:GetItem", on=[table.table_arn])


def write_registry(table: dynamodb.ITable) -> iam.PolicyStatement:
    """Allow reading and writing the registry; transactions need nothing more."""
    return _allow("WriteRegistry", *_READ_REGISTRY, *_WRITE_REGISTRY, on=[table.table_arn])


def remember_in_registry(table: dynamodb.ITable, keys: str) -> iam.PolicyStatement:
    """Allow reading and putting items of the registry whose partition keys start with `keys`.

    MiniStack knows no such condition and lets every key pass.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return _allow(
        "RememberInRegistry",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        on=[table.table_arn],
        when={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{keys}*"]}},
    )


def publish(topic: sns.ITopic) -> iam.PolicyStatement:
    """Allow telling whoever has subscribed to a topic."""
    return _allow("Publish", "sns:Publish", on=[topic.topic_arn])


def read_secret(stack: Stack, parameter: str) -> iam.PolicyStatement:
    """Allow reading one parameter of Parameter Store.

    A SecureString under AWS's own key needs nothing more: that key's policy lets whoever may read the
    parameter. One under a customer key needs a word in the policy of that key.
    https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    """
    arn = stack.format_arn(service="ssm", resource="parameter", resource_name=parameter.removeprefix("/"))
    return _allow("ReadSecret", "ssm:GetParameter", on=[arn])


def read_alarms() -> iam.PolicyStatement:
    """Allow seeing which alarms have gone off.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    return _allow("ReadAlarms", "cloudwatch:DescribeAlarms", on=["*"])


def put_events(bus: events.IEventBus, *detail_types: str) -> iam.PolicyStatement:
    """Allow putting events on the bus: of these types only, where any are named.

    A call may hold entries of several types, hence `ForAllValues`; it also holds where a request has none,
    which EventBridge refuses by itself. MiniStack knows no such key and lets every type pass.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    named = {"ForAllValues:StringEquals": {"events:detail-type": list(detail_types)}}
    return _allow(
        "PutEvents", "events:PutEvents", on=[bus.event_bus_arn], when=named if detail_types else None
    )


def send_dead_letters(queue: sqs.IQueue) -> iam.PolicyStatement:
    """Allow leaving behind what could not be delivered."""
    return _allow("SendDeadLetters", "sqs:SendMessage", on=[queue.queue_arn])


def send_messages(queue: sqs.IQueue) -> iam.PolicyStatement:
    """Allow asking for work."""
    return _allow("SendMessages", "sqs:SendMessage", on=[queue.queue_arn])


def start_executions(machine: sfn.IStateMachine) -> iam.PolicyStatement:
    """Allow starting a workflow."""
    return _allow("StartExecutions", "states:StartExecution", on=[machine.state_machine_arn])


def read_executions(*machines: sfn.StateMachine) -> iam.PolicyStatement:
    """Allow reading how the executions of workflows went."""
    return _allow(
        "ReadExecutions",
        "states:DescribeExecution",
        "states:GetExecutionHistory",
        on=[
            Stack.of(machine).format_arn(
                service="states",
                resource="execution",
                resource_name=f"{machine.state_machine_name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for machine in machines
        ],
    )


def run_maps(machine: sfn.StateMachine) -> iam.PolicyStatement:
    """Allow a workflow to look after the executions that its distributed Map starts.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    children = Stack.of(machine).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{machine.state_machine_name}/*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return _allow("RunMaps", "states:DescribeExecution", "states:StopExecution", on=[children])


def answer_tasks() -> iam.PolicyStatement:
    """Allow letting workflows go on that wait for an answer.

    The service names no resource for these actions, so that a policy has to name all.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return _allow("AnswerTasks", "states:SendTaskSuccess", "states:SendTaskFailure", on=["*"])


def search_logs(*groups: logs.ILogGroup) -> iam.PolicyStatement:
    """Allow looking for lines in log groups."""
    return _allow("SearchLogs", "logs:FilterLogEvents", on=[group.log_group_arn for group in groups])


def list_executions(*machines: sfn.StateMachine) -> iam.PolicyStatement:
    """Allow listing the executions of workflows."""
    return _allow(
        "ListExecutions", "states:ListExecutions", on=[machine.state_machine_arn for machine in machines]
    )


def drop_files(bucket: s3.IBucket) -> iam.PolicyStatement:
    """Allow putting objects, in parts too, and reading them back."""
    return _allow(
        "DropFiles",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        *_READ_OBJECTS,
        on=[bucket.arn_for_objects("*")],
    )


def count_messages(*queues: sqs.IQueue) -> iam.PolicyStatement:
    """Allow seeing how many messages queues hold."""
    return _allow("CountMessages", "sqs:GetQueueAttributes", on=[queue.queue_arn for queue in queues])


def find_stack(stack: Stack) -> iam.PolicyStatement:
    """Allow reading a stack's outputs: that is how the command line finds everything else."""
    return _allow("FindStack", "cloudformation:DescribeStacks", on=[stack.stack_id])


def call_api(http_api: api.HttpApi, *calls: str) -> iam.PolicyStatement:
    """Allow signed calls, each written as `POST /path`, with `*` for what varies."""
    stack = Stack.of(http_api)
    arns = [
        stack.format_arn(
            service="execute-api",
            resource=http_api.api_id,
            resource_name=f"$default/{call.replace(' /', '/')}",
        )
        for call in calls
    ]
    return _allow("CallApi", "execute-api:Invoke", on=arns)


def manage_schedules(
    group: scheduler.CfnScheduleGroup, role: iam.IRole, *, group_in_arn: str
) -> tuple[iam.PolicyStatement, ...]:
    """Allow keeping the schedules of a group, and handing them the role that they act under.

    Args:
        group: The group.
        role: The role that schedules act under.
        group_in_arn: What stands for the group in a schedule's ARN.
    """
    return (
        _allow(
            "ManageSchedules",
            "scheduler:CreateSchedule",
            "scheduler:UpdateSchedule",
            "scheduler:DeleteSchedule",
            "scheduler:GetSchedule",
            on=[_schedules(group, group_in_arn, "*")],
        ),
        _pass_schedule_role(role),
    )


def set_wake_ups(
    group: scheduler.CfnScheduleGroup, role: iam.IRole, *, group_in_arn: str
) -> tuple[iam.PolicyStatement, ...]:
    """Allow making one-time schedules, which delete themselves; no other schedule can be made or changed.

    Arguments as in `manage_schedules`.
    """
    return (
        _allow("SetWakeUps", "scheduler:CreateSchedule", on=[_schedules(group, group_in_arn, "*.*")]),
        _pass_schedule_role(role),
    )


def _schedules(group: scheduler.CfnScheduleGroup, group_in_arn: str, names: str) -> str:
    return Stack.of(group).format_arn(
        service="scheduler", resource="schedule", resource_name=f"{group_in_arn}/{names}"
    )


def _pass_schedule_role(role: iam.IRole) -> iam.PolicyStatement:
    return _allow(
        "PassScheduleRole",
        "iam:PassRole",
        on=[role.role_arn],
        when={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    )


def write_logs(group: logs.ILogGroup) -> iam.PolicyStatement:
    """Allow writing to one log group, which the stack has made."""
    return _allow("WriteLogs", "logs:CreateLogStream", "logs:PutLogEvents", on=[group.log_group_arn])
