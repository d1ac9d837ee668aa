"""Serving: an HTTP API that only signed callers reach, in front of one function for all models."""

from __future__ import annotations

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.settings import Environment

# Who called what, how it went and how long it took: nothing of what was asked or answered.
_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "caller": "$context.identity.userArn",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


_MODEL = "/v2/models/{model}"
_VERSION = f"{_MODEL}/versions/{{version}}"
PREDICTIONS = ("/models/{model}/predictions", f"{_MODEL}/infer", f"{_VERSION}/infer")
# The Open Inference Protocol's other calls.
PROTOCOL_READS = (
    "/v2",
    "/v2/health/live",
    "/v2/health/ready",
    _MODEL,
    f"{_MODEL}/ready",
    _VERSION,
    f"{_VERSION}/ready",
)


class Serving(Construct):
    """The endpoint.

    Attributes:
        predict: Answers predictions for every model.
        api: The HTTP API, which takes calls signed with SigV4 by whoever IAM lets.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self.predict = functions.make(self, "predict")
        self.api = api.HttpApi(
            self,
            "Api",
            api_name=environment.prefix,
            description="Predictions of every model, and the registry",
            default_authorizer=authorizers.HttpIamAuthorizer(),
        )
        answers = integrations.HttpLambdaIntegration("Predict", self.predict.resource)
        for path in PREDICTIONS:
            self.api.add_routes(path=path, methods=[api.HttpMethod.POST], integration=answers)
        for path in PROTOCOL_READS:
            self.api.add_routes(path=path, methods=[api.HttpMethod.GET], integration=answers)
        self._log_access(environment)

    def _log_access(self, environment: Environment) -> None:
        group = logs.LogGroup(
            self,
            "Access",
            log_group_name=f"/aws/vendedlogs/apis/{environment.prefix}",
            retention=logs.RetentionDays[environment.log_retention],
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = self.api.default_stage.node.default_child if self.api.default_stage else None
        if not isinstance(stage, api.CfnStage):
            raise TypeError("the API has no default stage")
        stage.access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn, format=json.dumps(_ACCESS_LOG)
        )
