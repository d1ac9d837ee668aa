"""What a command works on: the local cloud, or an environment on AWS, found from its stack's outputs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.errors import CliError
from cli.local import LocalRecord, read_record
from cli.local.places import Places
from cli.local.server import CREDENTIALS, is_up

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

LOCAL = "local"
STACK_PREFIX = "Tideline"
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60)
# What a person's own AWS configuration says must not reach the local cloud: (config, environment, default,
# cast) of botocore's variables, with nothing to read from.
_OWN_CONFIGURATION = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Target:
    """Clients and names of one deployment.

    Attributes:
        name: ``local``, or the environment's name.
        outputs: The stack's outputs by name.
        endpoint: URL of every service; None on AWS.
    """

    def __init__(
        self, name: str, *, session: boto3.Session, outputs: Mapping[str, str], endpoint: str | None = None
    ) -> None:
        self.name = name
        self.outputs = outputs
        self.endpoint = endpoint
        self._session = session

    def output(self, name: str) -> str:
        """Return one of the stack's outputs; raises `CliError` where the stack is older than that."""
        if name not in self.outputs:
            raise CliError(f"the stack has no output {name}: deploy it again with this version of Tideline")
        return self.outputs[name]

    @property
    def is_local(self) -> bool:
        """Whether this is the local cloud."""
        return self.name == LOCAL

    @property
    def region(self) -> str:
        """The stack's region."""
        return str(self._session.region_name)

    @property
    def credentials(self) -> Credentials:
        """What calls are signed with; raises `CliError` where there are none."""
        found = self._session.get_credentials()
        if found is None:
            raise CliError("no AWS credentials: sign in first (`aws sso login`, or set AWS_PROFILE)")
        return found

    @property
    def api_url(self) -> str:
        """Where predictions are asked for, without a slash at the end."""
        if self.endpoint is None:
            return self.output("ApiUrl").rstrip("/")
        return f"{self.endpoint}/_aws/execute-api/{self.output('ApiId')}/$default"

    @cached_property
    def s3(self) -> S3Client:
        """The S3 client."""
        return self._session.client("s3", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The DynamoDB client."""
        return self._session.client("dynamodb", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def events(self) -> EventBridgeClient:
        """The EventBridge client."""
        return self._session.client("events", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def stepfunctions(self) -> SFNClient:
        """The Step Functions client."""
        return self._session.client("stepfunctions", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """The CloudWatch Logs client."""
        return self._session.client("logs", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def sqs(self) -> SQSClient:
        """The SQS client."""
        return self._session.client("sqs", endpoint_url=self.endpoint, config=_CONFIG)

    # No stubs of these are installed.
    @cached_property
    def sts(self) -> Any:
        """The STS client."""
        return self._session.client("sts", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def iam(self) -> Any:
        """The IAM client."""
        return self._session.client("iam", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> Any:
        """The CloudWatch client."""
        return self._session.client("cloudwatch", endpoint_url=self.endpoint, config=_CONFIG)

    def signed_by(self, access_key_id: str, secret_access_key: str) -> Target:
        """Return the same deployment, with calls signed by other keys."""
        session = _isolated_session(access_key_id, secret_access_key, region=self.region)
        return Target(self.name, session=session, outputs=self.outputs, endpoint=self.endpoint)


def connect(environment: str | None) -> Target:
    """Return the target of a command; raises `CliError` where it isn't there."""
    return local_target() if environment is None else aws_target(environment)


def local_target() -> Target:
    """Return the local cloud of this checkout."""
    record = read_record(Places().record)
    if record is None or not record.outputs:
        raise CliError(
            "there is no local cloud yet: run `tideline up` (or name an AWS environment with --env)"
        )
    if not is_up(record):
        raise CliError("the local cloud is down: run `tideline up`")
    return target_of(record)


def target_of(record: LocalRecord) -> Target:
    """Return the local cloud of a record, without asking whether it runs."""
    return Target(
        LOCAL, session=_local_session(record.region), outputs=record.outputs, endpoint=record.endpoint
    )


def aws_target(environment: str) -> Target:
    """Return an environment on AWS, by the usual credentials."""
    session, stack = boto3.Session(), f"{STACK_PREFIX}-{environment}"
    try:
        stacks = session.client("cloudformation", config=_CONFIG).describe_stacks(StackName=stack)["Stacks"]
    except ClientError as exc:
        if "does not exist" not in str(exc):
            raise
        raise CliError(
            f"there is no stack {stack} in {session.region_name}: deploy it with"
            f" `npx cdk deploy -c env={environment}`, or set AWS_REGION to where it is"
        ) from exc
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks[0].get("Outputs", [])}
    return Target(environment, session=session, outputs=outputs)


def _local_session(region: str) -> boto3.Session:
    return _isolated_session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region=region
    )


def _isolated_session(access_key_id: str, secret_access_key: str, *, region: str) -> boto3.Session:
    core = botocore.session.Session(session_vars=_OWN_CONFIGURATION)
    return boto3.Session(
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        region_name=region,
        botocore_session=core,
    )
