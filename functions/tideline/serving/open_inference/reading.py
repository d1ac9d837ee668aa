"""From a request of the protocol to one of ours: tensors by feature become instances by row."""

from __future__ import annotations

from typing import Any

import msgspec

from tideline.serving.open_inference.messages import InferRequest, InputTensor
from tideline.serving.open_inference.tensors import column
from tideline.serving.problems import Problem
from tideline.serving.requests import MAX_BODY_BYTES, PredictionRequest, check_size

_decoder = msgspec.json.Decoder(InferRequest)


def read_infer(body: bytes, *, json_bytes: int | None) -> tuple[InferRequest, PredictionRequest]:
    """Read a request.

    Args:
        body: JSON and what follows it.
        json_bytes: How much of it is JSON; None for all.

    Raises:
        Problem: 400 for what isn't JSON, 413 for too much, 422 for the wrong shape.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Problem(413, f"the body has {len(body):,} bytes; at most {MAX_BODY_BYTES:,} are read")
    if json_bytes is not None and not 0 < json_bytes <= len(body):
        raise Problem(400, f"the header says {json_bytes:,} bytes of JSON, the body has {len(body):,}")
    request = _decode(body if json_bytes is None else body[:json_bytes])
    columns = _columns(request, b"" if json_bytes is None else body[json_bytes:])
    key = request.parameters.key
    prediction = PredictionRequest(instances=_instances(columns), key=key)
    check_size(prediction)
    return request, prediction


def _decode(content: bytes) -> InferRequest:
    try:
        return _decoder.decode(content)
    except msgspec.ValidationError as error:
        raise Problem(422, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise Problem(400, "the body is nested too deeply") from error


def _columns(request: InferRequest, packed: bytes) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    place = 0
    for tensor in request.inputs:
        if tensor.name in columns:
            raise Problem(422, f"the input {tensor.name[:128]!r} is given twice")
        size = _packed_size(tensor)
        part = None if size is None else packed[place : place + size]
        place += size or 0
        columns[tensor.name] = column(tensor, packed=part)
    if place != len(packed):
        raise Problem(422, f"{len(packed):,} bytes follow the JSON, the inputs speak of {place:,}")
    return columns


def _packed_size(tensor: InputTensor) -> int | None:
    size = tensor.parameters.binary_data_size
    if size is not None and (size < 0 or tensor.data is not None):
        raise Problem(422, f"input {tensor.name[:128]!r}: data in JSON or behind it, not both")
    return size


def _instances(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return a mapping for each row; what is missing is left out."""
    if len({len(values) for values in columns.values()}) > 1:
        raise Problem(422, "the inputs differ in their number of rows")
    rows = zip(*columns.values(), strict=True)
    return [
        {name: value for name, value in zip(columns, row, strict=True) if value is not None} for row in rows
    ]
