"""JSON Schemas of what one model takes and gives, by the rules that serving reads instances by."""

from __future__ import annotations

from typing import Any

from tideline.domain.release.deployment import FeatureSignature, Signature
from tideline.serving.limits import MAX_INSTANCES, MAX_KEY_CHARACTERS

# The largest float32, as in serving: a larger number is refused.
_MAX_NUMBER = 3.4028234663852886e38

Schema = dict[str, Any]


def request_schema(signature: Signature | None) -> Schema:
    """Return the schema of a request; of any model's where there is no signature."""
    return _object(
        {
            "instances": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_INSTANCES,
                "items": {"type": "object"} if signature is None else _instance(signature),
            },
            "key": {
                "type": ["string", "null"],
                "maxLength": MAX_KEY_CHARACTERS,
                "description": "Keeps a caller on one version while another is being released.",
            },
            "explain": {"type": "boolean", "default": False},
        },
        required=["instances"],
    )


def answer_schema(signature: Signature | None) -> Schema:
    """Return the schema of an answer."""
    classes = None if signature is None else list(signature.classes or ())
    prediction: Schema = {
        "prediction_id": {"type": "string", "format": "uuid"},
        "value": _value(classes),
        "explanation": {"$ref": "#/components/schemas/Explanation"},
    }
    required = ["prediction_id", "value"]
    if classes is None:
        prediction["probabilities"] = {"type": "object", "additionalProperties": _SHARE}
    elif classes:
        prediction["probabilities"] = _object(dict.fromkeys(classes, _SHARE), required=classes)
        required.append("probabilities")
    return _object(
        {
            "model": {"type": "string"},
            "version": {"type": "integer", "minimum": 1},
            "predictions": {"type": "array", "items": _object(prediction, required=required)},
        },
        required=["model", "version", "predictions"],
    )


def explanation_schema() -> Schema:
    """Return the schema of what each feature added to an answer: a number, or one a class."""
    each = {"anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}]}
    return _object(
        {"base": each, "contributions": {"type": "object", "additionalProperties": each}},
        required=["base", "contributions"],
    )


_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1.000001}


def _value(classes: list[str] | None) -> Schema:
    if classes is None:
        return {"type": ["number", "string"]}
    return {"enum": classes} if classes else {"type": "number"}


def _instance(signature: Signature) -> Schema:
    """Entity and time may come along, whatever they hold."""
    extras: Schema = {name: {} for name in (signature.entity, signature.time) if name}
    features = {feature.name: _feature(feature) for feature in signature.features}
    required = [feature.name for feature in signature.features if feature.required]
    return _object(extras | features, required=required)


def _feature(feature: FeatureSignature) -> Schema:
    schema = _number(feature) if feature.type == "number" else _category(feature)
    return schema if feature.required else {"anyOf": [schema, {"type": "null"}]}


def _number(feature: FeatureSignature) -> Schema:
    low = -_MAX_NUMBER if feature.min is None else feature.min
    high = _MAX_NUMBER if feature.max is None else feature.max
    return {"type": "number", "minimum": low, "maximum": high}


def _category(feature: FeatureSignature) -> Schema:
    if feature.values is not None:
        return {"type": "string", "enum": list(feature.values)}
    return {"type": ["string", "boolean", "integer"], "minLength": 1, "pattern": "^[^\\u0000]*$"}


def _object(properties: Schema, *, required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
