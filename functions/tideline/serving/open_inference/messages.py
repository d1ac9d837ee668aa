"""What goes over the wire: requests, answers and what models say of themselves."""

from __future__ import annotations

from typing import Any

import msgspec


class TensorParameters(msgspec.Struct, frozen=True):
    """Of a tensor; others are ignored, as the protocol allows.

    Attributes:
        binary_data_size: Bytes that the tensor takes behind the JSON.
        binary_data: Whether an output is wanted there.
    """

    binary_data_size: int | None = None
    binary_data: bool | None = None


class InputTensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feature of every row; without `data` it lies behind the JSON."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] | None = None
    parameters: TensorParameters = TensorParameters()


class RequestedOutput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An output that is wanted."""

    name: str
    parameters: TensorParameters = TensorParameters()


class RequestParameters(msgspec.Struct, frozen=True):
    """Of a request.

    Attributes:
        key: Keeps a caller on one version, as in our own protocol.
        binary_data_output: Whether all outputs are wanted behind the JSON.
    """

    key: str | None = None
    binary_data_output: bool = False


class InferRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked."""

    inputs: list[InputTensor]
    outputs: list[RequestedOutput] | None = None
    id: str | None = None
    parameters: RequestParameters = RequestParameters()


class OutputTensor(msgspec.Struct, frozen=True, omit_defaults=True):
    """One output of every row."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] | None = None
    parameters: dict[str, int] | None = None


class InferResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is answered; `id` is the request's."""

    model_name: str
    model_version: str
    outputs: list[OutputTensor]
    id: str | None = None


class TensorMetadata(msgspec.Struct, frozen=True):
    """A tensor that a model takes or gives; -1 is any number."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    platform: str = "onnxruntime_onnx"
