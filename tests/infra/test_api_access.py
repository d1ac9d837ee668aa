"""Who reaches the API, as the settings say."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from infra.app import build
from infra.constructs.serving import PREDICTIONS, PROTOCOL_READS
from tests.infra.resources import Resources

ISSUER = "https://login.example/pool"


@pytest.fixture(scope="module")
def opened() -> Resources:
    """With tokens, pages, a throttle and a reserve."""
    context = {
        "bundling": "skip",
        "auth": "jwt",
        "issuer": ISSUER,
        "audience": "app",
        "cors": "https://app.example",
        "throttle": "50,10",
        "concurrency": "20",
    }
    return Resources(dict(Template.from_stack(build(cdk.App(context=context))).to_json()))


def test_tokens_are_for_predictions_and_signatures_for_the_registry(opened: Resources) -> None:
    routes = opened.of("AWS::ApiGatewayV2::Route").values()
    kinds = {route["RouteKey"]: route["AuthorizationType"] for route in routes}
    predicting = {f"POST {path}" for path in PREDICTIONS} | {f"GET {path}" for path in PROTOCOL_READS}
    assert {key for key, kind in kinds.items() if kind == "JWT"} == predicting
    assert {kind for key, kind in kinds.items() if key not in predicting} == {"AWS_IAM"}
    (authorizer,) = (
        each
        for each in opened.of("AWS::ApiGatewayV2::Authorizer").values()
        if each["AuthorizerType"] == "JWT"
    )
    assert authorizer["JwtConfiguration"] == {"Audience": ["app"], "Issuer": ISSUER}


def test_only_the_named_pages_may_call(opened: Resources) -> None:
    (found,) = opened.of("AWS::ApiGatewayV2::Api").values()
    assert found["CorsConfiguration"]["AllowOrigins"] == ["https://app.example"]


def test_calls_are_throttled_and_predict_has_its_share(opened: Resources) -> None:
    (stage,) = opened.of("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 10}
    assert opened.functions()["predict"]["ReservedConcurrentExecutions"] == 20


def test_by_default_no_page_may_call_and_nothing_is_reserved(resources: Resources) -> None:
    (found,) = resources.of("AWS::ApiGatewayV2::Api").values()
    (stage,) = resources.of("AWS::ApiGatewayV2::Stage").values()
    assert "CorsConfiguration" not in found
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 1000
    assert not any("ReservedConcurrentExecutions" in each for each in resources.functions().values())
