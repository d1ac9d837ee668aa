"""The registry over HTTP: reading it, asking for releases, answering to requests for approval."""

from __future__ import annotations

from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.functions import FunctionFactory

READS = ("/models", "/models/{model}", "/models/{model}/versions/{version}", "/openapi.json")
RELEASE = "/models/{model}/release"
ROLLBACK = "/models/{model}/rollback"
APPROVAL = "/models/{model}/versions/{version}/approval"
_GET, _POST = api.HttpMethod.GET, api.HttpMethod.POST


class RegistryApi(Construct):
    """Routes on the API, each behind its authorizer like those of predictions.

    Attributes:
        describe_models: Answers every read.
        decide_approval: Takes the answer of a person.
        request_release: Takes the wish of one.
        request_rollback: Takes the wish to go back.
    """

    def __init__(self, scope: Construct, name: str, *, api: api.HttpApi, functions: FunctionFactory) -> None:
        super().__init__(scope, name)
        self.describe_models = functions.make(self, "describe_models")
        self.decide_approval = functions.make(self, "decide_approval")
        self.request_release = functions.make(self, "request_release")
        self.request_rollback = functions.make(self, "request_rollback")
        reads = integrations.HttpLambdaIntegration("DescribeModels", self.describe_models.resource)
        for path in READS:
            api.add_routes(path=path, methods=[_GET], integration=reads)
        api.add_routes(
            path=RELEASE,
            methods=[_POST],
            integration=integrations.HttpLambdaIntegration("RequestRelease", self.request_release.resource),
        )
        api.add_routes(
            path=ROLLBACK,
            methods=[_POST],
            integration=integrations.HttpLambdaIntegration("RequestRollback", self.request_rollback.resource),
        )
        api.add_routes(
            path=APPROVAL,
            methods=[_POST],
            integration=integrations.HttpLambdaIntegration("DecideApproval", self.decide_approval.resource),
        )
