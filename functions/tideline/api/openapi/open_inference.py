"""JSON Schemas of the Open Inference Protocol's documents."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_DATATYPES = [
    "BOOL",
    "BYTES",
    "FP32",
    "FP64",
    *(f"{sign}INT{n}" for sign in ("", "U") for n in (8, 16, 32, 64)),
]
_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 256}
_PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
_SHAPE: Schema = {"type": "array", "items": {"type": "integer", "minimum": -1}}


def schemas() -> Schema:
    """Return them by name."""
    return {
        "InferError": _object({"error": _TEXT}, "error"),
        "ServerMetadata": _object(
            {"name": _TEXT, "version": _TEXT, "extensions": _list(_TEXT)}, "name", "version", "extensions"
        ),
        "ServerLive": _object({"live": {"type": "boolean"}}, "live"),
        "ServerReady": _object({"ready": {"type": "boolean"}}, "ready"),
        "ModelReady": _object({"name": _TEXT, "ready": {"type": "boolean"}}, "name", "ready"),
        "ModelMetadata": _object(
            {
                "name": _TEXT,
                "versions": _list(_TEXT),
                "platform": _TEXT,
                "inputs": _list(_described()),
                "outputs": _list(_described()),
            },
            "name", "versions", "platform", "inputs", "outputs",
        ),
        "InferRequest": _request(),
        "InferAnswer": _answer(),
    }  # fmt: skip


def _described() -> Schema:
    tensor = {"name": _TEXT, "datatype": _TEXT, "shape": _SHAPE, "parameters": _PARAMETERS}
    return _object(tensor, "name", "datatype", "shape")


def _request() -> Schema:
    tensor = {
        "name": _NAME,
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2},
        "datatype": {"enum": _DATATYPES},
        "parameters": _PARAMETERS,
        "data": {"type": "array"},
    }
    wanted = _object({"name": _NAME, "parameters": _PARAMETERS}, "name")
    return _object(
        {
            "id": {"type": "string", "maxLength": 256},
            "parameters": _PARAMETERS,
            "inputs": _list(_object(tensor, "name", "shape", "datatype")) | {"minItems": 1},
            "outputs": _list(wanted),
        },
        "inputs",
    )


def _answer() -> Schema:
    tensor = {
        "name": _TEXT,
        "shape": _SHAPE,
        "datatype": {"enum": ["FP64", "BYTES"]},
        "parameters": _PARAMETERS,
        "data": _list({"type": ["number", "string"]}),
    }
    return _object(
        {
            "model_name": _TEXT,
            "model_version": _TEXT,
            "id": _TEXT,
            "outputs": _list(_object(tensor, "name", "shape", "datatype")),
        },
        "model_name", "model_version", "outputs",
    )  # fmt: skip


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: Schema, *required: str) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
