"""The registry, read only, and the document that describes the whole API.

`GET /models`, `GET /models/{model}`, `GET /models/{model}/versions/{version}`, `GET /openapi.json`.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from describe_models import wiring
from tideline.api import requests
from tideline.api.answering import answer
from tideline.api.openapi.document import MAX_MODELS, describe_api
from tideline.runtime.logging import logger
from tideline.services.describe_models import DescribeModels

_API = "GET /openapi.json"


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: dict[str, Any], context: LambdaContext, *, describe_models: DescribeModels | None = None
) -> dict[str, Any]:
    """Answer by how much the path names."""

    def describe() -> BaseModel:
        requests.require_method(event, "GET")
        named = event.get("pathParameters") or {}
        use_case = describe_models or wiring.describe_models()
        if event.get("routeKey") == _API:
            return describe_api(use_case.signatures(most=MAX_MODELS), jwt_issuer=wiring.jwt_issuer())
        if "model" not in named:
            return use_case.all()
        model = requests.model_of(event)
        if "version" not in named:
            return use_case.one(model)
        return use_case.version(model, requests.version_of(event))

    return answer(context, describe)
