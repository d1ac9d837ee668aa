"""The whole document: routes, schemas and how callers prove who they are; bounded in size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.json_schema import models_json_schema

from tideline import __version__
from tideline.api import bodies
from tideline.api.openapi import model_schemas, open_inference
from tideline.api.openapi.operations import open_inference as infer
from tideline.api.openapi.operations import operation, ref
from tideline.domain.release.approval import PublicApproval
from tideline.domain.release.deployment import Signature
from tideline.domain.release.release_order import ReleaseAsked
from tideline.domain.release.rollback_wish import RollbackAsked
from tideline.services.describe_models import ModelDescription, ModelList, VersionDescription

# Each model costs a read, of some milliseconds, while somebody waits.
MAX_MODELS = 200
# Lambda's answers end at 6 MB; readers of such documents give up earlier.
MAX_BYTES = 2 * 1024 * 1024

Schema = dict[str, Any]

_READ = (403, 404, 405)
_BODY = (400, 403, 404, 405, 409, 413, 415, 422)
_SENT = (bodies.ApprovalBody, bodies.ReleaseBody, bodies.RollbackBody)
_TOLD = (ModelList, ModelDescription, VersionDescription, PublicApproval, ReleaseAsked, RollbackAsked)
_VERSION_PATH = "/models/{model}/versions/{version}"
_ABOUT = "Predictions of every model, the same by the Open Inference Protocol, and the registry."
_LEFT_OUT = " There are too many models to describe each one's features here: see GET /v2/models/{model}."


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


def describe_api(signatures: Mapping[str, Signature] | None, *, jwt_issuer: str) -> Document:
    """Return the document.

    Args:
        signatures: What each live model takes and gives; None where there are too many.
        jwt_issuer: Whose tokens predictions take; empty where they are signed like everything else.
    """
    document = _document(signatures or {}, jwt_issuer=jwt_issuer, complete=signatures is not None)
    if len(document.model_dump_json()) > MAX_BYTES:
        return _document({}, jwt_issuer=jwt_issuer, complete=False)
    return document


def _document(signatures: Mapping[str, Signature], *, jwt_issuer: str, complete: bool) -> Document:
    asked = {**_predictions(signatures), **_open_inference()}
    by_token: Schema = {"security": [{"jwt": []}]} if jwt_issuer else {}
    paths = {path: {m: each | by_token for m, each in methods.items()} for path, methods in asked.items()}
    return Document(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Tideline",
                "version": __version__,
                "description": _ABOUT + ("" if complete else _LEFT_OUT),
            },
            # Relative to where this document is.
            "servers": [{"url": "./"}],
            "security": [{"sigv4": []}],
            "paths": paths | _registry(),
            "components": {"schemas": _schemas(), "securitySchemes": _security(jwt_issuer)},
        }
    )


def _predictions(signatures: Mapping[str, Signature]) -> Schema:
    known: list[tuple[str, Signature | None]] = [*signatures.items(), ("{model}", None)]
    return {
        (path := f"/models/{model}/predictions"): {
            "post": operation(
                path,
                summary=f"Predict by {model}",
                body=model_schemas.request_schema(signature),
                answer=model_schemas.answer_schema(signature),
                refusals=(400, 404, 413, 415, 422),
            )
        }
        for model, signature in known
    }


def _open_inference() -> Schema:
    described: Schema = {
        "/v2": {"get": infer("/v2", summary="The server", answer=ref("ServerMetadata"))},
        "/v2/health/live": {"get": infer("/v2", summary="Is it live?", answer=ref("ServerLive"))},
        "/v2/health/ready": {"get": infer("/v2", summary="Is it ready?", answer=ref("ServerReady"))},
    }
    for path in ("/v2/models/{model}", "/v2/models/{model}/versions/{version}"):
        of = "a model" if path.endswith("{model}") else "a deployed version"
        metadata, ready = ref("ModelMetadata"), ref("ModelReady")
        asked = infer(
            path,
            summary=f"Infer by {of}",
            body=ref("InferRequest"),
            answer=ref("InferAnswer"),
            refusals=(400, 404, 413, 415, 422),
        )
        described |= {
            path: {"get": infer(path, summary=f"Describe {of}", answer=metadata, refusals=[404])},
            f"{path}/ready": {"get": infer(path, summary=f"Load {of}", answer=ready, refusals=[404])},
            f"{path}/infer": {"post": asked},
        }
    return described


def _registry() -> Schema:
    reads = {
        "/openapi.json": ("This document", {"type": "object"}),
        "/models": ("Every model", ref("ModelList")),
        "/models/{model}": ("One model", ref("ModelDescription")),
        _VERSION_PATH: ("One version", ref("VersionDescription")),
    }
    wishes = {
        "/models/{model}/release": ("Ask for a release", "ReleaseBody", "ReleaseAsked"),
        "/models/{model}/rollback": ("Ask to go back", "RollbackBody", "RollbackAsked"),
        f"{_VERSION_PATH}/approval": ("Approve or reject", "ApprovalBody", "PublicApproval"),
    }
    return {
        path: {"get": operation(path, summary=summary, answer=answer, refusals=_READ)}
        for path, (summary, answer) in reads.items()
    } | {
        path: {"post": operation(path, summary=summary, body=ref(body), answer=ref(answer), refusals=_BODY)}
        for path, (summary, body, answer) in wishes.items()
    }


def _schemas() -> Schema:
    named: list[tuple[type[BaseModel], Any]] = [
        *((model, "validation") for model in _SENT),
        *((model, "serialization") for model in _TOLD),
    ]
    _, found = models_json_schema(named, ref_template="#/components/schemas/{model}")
    own = {
        "Explanation": model_schemas.explanation_schema(),
        "Problem": _problem(),
        "GatewayMessage": {
            "type": "object",
            "properties": {"message": {"type": ["string", "null"]}},
            "required": ["message"],
        },
    }
    return dict(found["$defs"]) | open_inference.schemas() | own


def _problem() -> Schema:
    return {
        "type": "object",
        "description": "RFC 9457",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object"}},
            "more_errors": {"type": "integer"},
        },
        "required": ["type", "title", "status", "detail", "instance"],
    }


def _security(jwt_issuer: str) -> Schema:
    schemes: Schema = {
        "sigv4": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4, service execute-api",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    }
    if jwt_issuer:
        url = f"{jwt_issuer.rstrip('/')}/.well-known/openid-configuration"
        schemes["jwt"] = {"type": "openIdConnect", "openIdConnectUrl": url}
    return schemes
