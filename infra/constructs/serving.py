"""Serving: an HTTP API that only signed callers reach, in front of one function for all models."""

from __future__ import annotations

import json

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.api_settings import ApiSettings
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
        api: The HTTP API, which takes calls signed with SigV4 by whoever IAM lets; predictions are asked for
            with tokens instead where an issuer is set.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        settings: ApiSettings,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self.predict = functions.make(self, "predict")
        self.predict.reserve(settings.concurrency)
        self.api = api.HttpApi(
            self,
            "Api",
            api_name=environment.prefix,
            description="Predictions of every model, and the registry",
            default_authorizer=authorizers.HttpIamAuthorizer(),
            cors_preflight=_cors(settings),
        )
        answers = integrations.HttpLambdaIntegration("Predict", self.predict.resource)
        tokens = _tokens(settings)
        for method, paths in ((api.HttpMethod.POST, PREDICTIONS), (api.HttpMethod.GET, PROTOCOL_READS)):
            for path in paths:
                self.api.add_routes(path=path, methods=[method], integration=answers, authorizer=tokens)
        self._configure_stage(environment, settings)

    def _configure_stage(self, environment: Environment, settings: ApiSettings) -> None:
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
        stage.default_route_settings = api.CfnStage.RouteSettingsProperty(
            throttling_rate_limit=settings.rate_per_s, throttling_burst_limit=settings.burst
        )


def _tokens(settings: ApiSettings) -> authorizers.HttpJwtAuthorizer | None:
    """Return what checks tokens, or None where calls are signed."""
    if settings.issuer is None:
        return None
    return authorizers.HttpJwtAuthorizer(
        "Tokens", settings.issuer, jwt_audience=list(settings.audiences), authorizer_name="tokens"
    )


def _cors(settings: ApiSettings) -> api.CorsPreflightOptions | None:
    """Return what browsers are told, or None: then no page of another origin may call."""
    if not settings.origins:
        return None
    return api.CorsPreflightOptions(
        allow_origins=list(settings.origins),
        allow_methods=[api.CorsHttpMethod.GET, api.CorsHttpMethod.POST],
        allow_headers=["authorization", "content-type", "x-amz-date", "x-amz-security-token"],
        max_age=Duration.hours(1),
    )
