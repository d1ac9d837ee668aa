"""AWS clients, one of each a process, made on first use; and the adapters on top of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tideline.adapters.eventbridge_publisher import EventBridgePublisher
from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.adapters.sns_topic import SnsAlertTopic
from tideline.adapters.sqs_compaction_queue import SqsCompactionQueue
from tideline.adapters.sqs_dead_letters import SqsDeadLetters
from tideline.adapters.ssm_secret import SsmSecret
from tideline.adapters.stepfunctions_engine import StepFunctionsEngine
from tideline.adapters.stepfunctions_meter import StepFunctionsMeter
from tideline.adapters.stepfunctions_tasks import StepFunctionsTasks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

# Standard mode backs off with jitter; five attempts ride out the throttling of a burst (about 10 s).
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60)


@cache
def s3() -> S3Client:
    """Return the S3 client."""
    return boto3.client("s3", config=_CONFIG)


@cache
def dynamodb() -> DynamoDBClient:
    """Return the DynamoDB client."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def events() -> EventBridgeClient:
    """Return the EventBridge client."""
    return boto3.client("events", config=_CONFIG)


@cache
def stepfunctions() -> SFNClient:
    """Return the Step Functions client."""
    return boto3.client("stepfunctions", config=_CONFIG)


@cache
def scheduler() -> EventBridgeSchedulerClient:
    """Return the EventBridge Scheduler client."""
    return boto3.client("scheduler", config=_CONFIG)


@cache
def sqs() -> SQSClient:
    """Return the SQS client."""
    return boto3.client("sqs", config=_CONFIG)


# No stubs of these two are installed.
@cache
def sns() -> Any:
    """Return the SNS client."""
    return boto3.client("sns", config=_CONFIG)


@cache
def ssm() -> Any:
    """Return the Systems Manager client."""
    return boto3.client("ssm", config=_CONFIG)


def bucket(name: str) -> S3ObjectStore:
    """Return a bucket as an object store."""
    return S3ObjectStore(s3(), name)


def table(name: str) -> RegistryTable:
    """Return the registry's table."""
    return RegistryTable(dynamodb(), name)


def publisher(bus_name: str) -> EventBridgePublisher:
    """Return an event bus as a publisher."""
    return EventBridgePublisher(events(), bus_name)


def engine(state_machine_arn: str) -> StepFunctionsEngine:
    """Return a state machine as a workflow engine."""
    return StepFunctionsEngine(stepfunctions(), state_machine_arn)


def meter() -> StepFunctionsMeter:
    """Return what tells of executions' use."""
    return StepFunctionsMeter(stepfunctions())


def tasks() -> StepFunctionsTasks:
    """Return the tasks that wait for an answer."""
    return StepFunctionsTasks(stepfunctions())


def compaction_queue(url: str) -> SqsCompactionQueue:
    """Return the queue of who compacts the prediction log."""
    return SqsCompactionQueue(sqs(), url)


def alert_topic(arn: str) -> SnsAlertTopic:
    """Return the topic of alerts."""
    return SnsAlertTopic(sns(), arn)


def secret(parameter: str) -> SsmSecret:
    """Return a parameter of Systems Manager as a secret."""
    return SsmSecret(ssm(), parameter)


def dead_letters(url: str) -> SqsDeadLetters:
    """Return a queue of dead letters."""
    return SqsDeadLetters(sqs(), url)
