"""Whatever is sent, the answer is one that the document describes; schemathesis makes up what is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from decide_approval.handler import handler as decide_approval
from describe_models.handler import handler as describe_models
from infra.constructs.serving import PREDICTIONS, PROTOCOL_READS
from predict.handler import handler as predict
from request_release.handler import handler as request_release
from request_rollback.handler import handler as request_rollback
from tests.fakes.api_gateway import ApiGateway
from tests.fakes.messages import Context
from tests.fakes.samples import BOB, MODEL
from tests.fakes.world import World
from tests.unit.services.test_approval import filled, task
from tests.unit.serving import samples
from tests.unit.serving.serving import Serving
from tideline.domain.release.deployment import Deployment
from tideline.services.describe_models import DescribeModels
from tideline.services.request_release import RequestRelease
from tideline.services.request_rollback import RequestRollback

_CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
ROUTES = [*(f"POST {path}" for path in PREDICTIONS), *(f"GET {path}" for path in PROTOCOL_READS)]
# Of what is made up well, some has to be answered and not only refused well.
_ANSWERED = {
    "GET /models",
    "GET /models/{model}",
    "GET /models/{model}/versions/{version}",
    "GET /openapi.json",
    "GET /v2/models/{model}/versions/{version}/ready",
    "POST /models/churn/predictions",
    "POST /models/{model}/versions/{version}/approval",
    "POST /models/{model}/rollback",
}
# For each of some twenty operations, and each is sent twice: ten seconds in all.
_EXAMPLES = 12


def _routes() -> dict[str, Callable[[dict[str, Any]], Any]]:
    serving, world, context = Serving(), filled(World()), Context()
    world.request_approval(task())
    # What serving has is what the registry says is deployed.
    record = Deployment.model_validate_json(serving.table.documents[MODEL])
    world.deployments.history[MODEL] = [record]
    describes = DescribeModels(
        lake=world.lake,
        specs=world.specs,
        versions=world.versions,
        approvals=world.approvals,
        deployments=world.deployments,
    )
    releases = RequestRelease(versions=world.versions, publisher=world.publisher)
    rollbacks = RequestRollback(specs=world.specs, publisher=world.publisher)
    lambda_context = SimpleNamespace(aws_request_id="r-1")
    reads = ("/models", "/models/{model}", "/models/{model}/versions/{version}", "/openapi.json")
    return {
        **dict.fromkeys(ROUTES, lambda event: predict(event, lambda_context, predict=serving.predict)),
        **dict.fromkeys(
            (f"GET {path}" for path in reads),
            lambda event: describe_models(event, context, describe_models=describes),
        ),
        "POST /models/{model}/release": lambda event: request_release(
            event, context, request_release=releases
        ),
        "POST /models/{model}/rollback": lambda event: request_rollback(
            event, context, request_rollback=rollbacks
        ),
        "POST /models/{model}/versions/{version}/approval": lambda event: decide_approval(
            event, context, decide_approval=world.decide_approval
        ),
    }


def _wsgi(gateway: ApiGateway) -> Callable[..., Iterable[bytes]]:
    def app(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if kind := environ.get("CONTENT_TYPE"):
            headers["content-type"] = kind
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        # Schemathesis 4.32 joins a relative server and a path without a slash between host and path.
        path = "/" + environ["PATH_INFO"].encode("latin-1").decode(errors="replace").lstrip("/")
        answer = gateway.call(environ["REQUEST_METHOD"], path, headers=headers, body=body)
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers.items()))
        return [answer.body]

    return app


@pytest.fixture(scope="module")
def gateway(monkeypatch_module: None) -> ApiGateway:
    return ApiGateway(_routes(), caller=BOB)


@pytest.fixture(scope="module")
def api(gateway: ApiGateway) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", _wsgi(gateway))


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterable[None]:
    """What the settings are read from, for the one value that is no part of a use case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIDELINE_TABLE_NAME", "registry")
        patch.setenv("TIDELINE_LAKE_BUCKET", "lake")
        yield


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_as_described(api: Any, mode: GenerationMode) -> None:
    answered = set()
    for found in api.get_all_operations():
        operation = found.ok()
        # What takes nothing can't be sent anything wrong.
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters):
            continue
        if 200 in _fuzz(operation.as_strategy(generation_mode=mode)):
            answered.add(operation.label)
    assert mode is GenerationMode.NEGATIVE or answered >= _ANSWERED


def _fuzz(cases: Any) -> set[int]:
    """Return the statuses that were answered."""
    statuses = set()

    @settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def answers(case: schemathesis.Case) -> None:
        statuses.add(case.call_and_validate(checks=_CHECKS).status_code)
        # The same about what there is: most names that are made up are nobody's.
        if "model" in (case.path_parameters or {}):
            case.path_parameters["model"] = MODEL
            if "version" in case.path_parameters:
                case.path_parameters["version"] = 3 if "/v2" in case.path else 4
            statuses.add(case.call_and_validate(checks=_CHECKS).status_code)

    answers()
    return statuses


def test_each_models_own_features_are_among_what_is_tried(gateway: ApiGateway) -> None:
    answer = gateway.call("GET", "/openapi.json", headers={}, body=b"")
    described = json.loads(answer.body)
    request = described["paths"]["/models/churn/predictions"]["post"]["requestBody"]
    instance = request["content"]["application/json"]["schema"]["properties"]["instances"]["items"]
    assert set(samples.GOOD) <= set(instance["properties"])


def test_the_document_has_every_route_and_no_other(gateway: ApiGateway) -> None:
    described = json.loads(gateway.call("GET", "/openapi.json", headers={}, body=b"").body)
    told = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    models = {route for route in told if "{model}" not in route and route.endswith("/predictions")}
    assert told - models == set(gateway.routes)
