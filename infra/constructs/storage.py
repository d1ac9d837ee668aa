"""Where everything lies: the inbox and lake buckets and the registry table."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Environment
from infra.target import Target

# Long enough for the slowest upload to be continued, short enough not to pay for abandoned ones.
_UNFINISHED_UPLOAD_DAYS = 7


class Storage(Construct):
    """The inbox that users drop files into, the lake that the functions keep, and the registry.

    Attributes:
        inbox: Tells EventBridge of every object that is dropped.
        lake: Everything that the functions make.
        registry: What is known about models, on demand and without idle cost.
    """

    def __init__(self, scope: Construct, name: str, *, environment: Environment, target: Target) -> None:
        super().__init__(scope, name)
        self._environment = environment
        self._target = target
        self._removal = RemovalPolicy.RETAIN if environment.retained else RemovalPolicy.DESTROY
        self.inbox = self._bucket("Inbox")
        self.lake = self._bucket("Lake")
        self.registry = self._table()
        _announce_objects(self.inbox)

    def _bucket(self, name: str) -> s3.Bucket:
        return s3.Bucket(
            self,
            name,
            bucket_name=f"{self._environment.prefix}-{name.lower()}-{Aws.ACCOUNT_ID}-{Aws.REGION}",
            versioned=True,
            # Keys that S3 manages: a customer key has a standing charge.
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=self._target.demands_tls,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=self._removal,
            auto_delete_objects=self._target.empties_buckets and not self._environment.retained,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="unfinished-uploads",
                    abort_incomplete_multipart_upload_after=Duration.days(_UNFINISHED_UPLOAD_DAYS),
                ),
                s3.LifecycleRule(
                    id="old-versions",
                    noncurrent_version_expiration=Duration.days(self._environment.noncurrent_days),
                    expired_object_delete_marker=True,
                ),
            ],
        )

    def _table(self) -> dynamodb.Table:
        retained = self._environment.retained
        return dynamodb.Table(
            self,
            "Registry",
            table_name=f"{self._environment.prefix}-registry",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            # The registry's own field for what may be forgotten; see `tideline.adapters.registry.runs`.
            time_to_live_attribute="expires_at",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=retained
            ),
            deletion_protection=retained,
            removal_policy=self._removal,
        )


def _announce_objects(bucket: s3.Bucket) -> None:
    """Have a bucket tell EventBridge of its objects.

    The construct's own switch does it with a custom resource that may write the notifications of
    every bucket in the account; CloudFormation has had the property since 2021.
    """
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError(f"{bucket.node.path} is not a bucket")
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
