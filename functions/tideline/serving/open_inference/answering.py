"""From our answer to the protocol's: outputs by name, in JSON or behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tideline.serving.answers import Answer
from tideline.serving.deployment import DeployedVersion, Signature
from tideline.serving.open_inference.messages import (
    InferRequest,
    InferResponse,
    ModelMetadata,
    OutputTensor,
    TensorMetadata,
)
from tideline.serving.open_inference.tensors import pack
from tideline.serving.predictor import MAX_ANSWER_BYTES
from tideline.serving.problems import Problem

_encoder = msgspec.json.Encoder()


class Encoded(NamedTuple):
    """An answer's bytes; `json_bytes` of them are JSON, None where all are."""

    body: bytes
    json_bytes: int | None


class _Output(NamedTuple):
    datatype: str
    shape: list[int]
    values: Sequence[Any]


def encode(answer: Answer, request: InferRequest) -> Encoded:
    """Return the answer as the request wants it.

    Raises:
        Problem: 422 for an output that there is not, 413 for too much.
    """
    outputs = _outputs(answer)
    tensors, packed = [], b""
    for name, binary in _wanted(request, outputs):
        found = outputs[name]
        if binary:
            part = pack(found.values, found.datatype)
            packed += part
            parameters = {"binary_data_size": len(part)}
            tensors.append(OutputTensor(name, found.datatype, found.shape, parameters=parameters))
        else:
            tensors.append(OutputTensor(name, found.datatype, found.shape, list(found.values)))
    head = _encoder.encode(InferResponse(answer.model, str(answer.version), tensors, request.id))
    if len(head) + len(packed) > MAX_ANSWER_BYTES:
        raise Problem(413, f"the answer would have {len(head) + len(packed):,} bytes: ask for fewer rows")
    return Encoded(head + packed, len(head) if packed else None)


def describe(model: str, entry: DeployedVersion) -> ModelMetadata:
    """Return what a version takes and gives."""
    signature = entry.signature
    inputs = [
        TensorMetadata(feature.name, "FP32" if feature.type == "number" else "BYTES", [-1, 1])
        for feature in signature.features
    ]
    return ModelMetadata(model, [str(entry.version)], inputs, _gives(signature))


def _gives(signature: Signature) -> list[TensorMetadata]:
    answer = [TensorMetadata("value", "FP64", [-1])]
    if signature.classes:
        answer = [
            TensorMetadata("probabilities", "FP64", [-1, len(signature.classes)]),
            TensorMetadata("label", "BYTES", [-1]),
        ]
    return [*answer, TensorMetadata("prediction_id", "BYTES", [-1])]


def _outputs(answer: Answer) -> dict[str, _Output]:
    rows = answer.predictions
    count = len(rows)
    ids = _Output("BYTES", [count], [row.prediction_id for row in rows])
    first = rows[0].probabilities
    if first is None:
        return {"value": _Output("FP64", [count], [row.value for row in rows]), "prediction_id": ids}
    chances = [chance for row in rows for chance in (row.probabilities or {}).values()]
    return {
        "probabilities": _Output("FP64", [count, len(first)], chances),
        "label": _Output("BYTES", [count], [row.value for row in rows]),
        "prediction_id": ids,
    }


def _wanted(request: InferRequest, outputs: Mapping[str, _Output]) -> list[tuple[str, bool]]:
    """Return names of outputs, and whether each goes behind the JSON."""
    everywhere = request.parameters.binary_data_output
    if not request.outputs:
        return [(name, everywhere) for name in outputs]
    for each in request.outputs:
        if each.name not in outputs:
            raise Problem(422, f"there is no output {each.name[:128]!r}; there are {', '.join(outputs)}")
    return [
        (each.name, everywhere if each.parameters.binary_data is None else each.parameters.binary_data)
        for each in request.outputs
    ]
