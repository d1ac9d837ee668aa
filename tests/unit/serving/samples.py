"""Models, signatures and fakes that the serving tests share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from tideline.errors import TidelineError
from tideline.serving.deployment import DeployedVersion, Feature, Signature
from tideline.serving.loaded_model import LoadedModel
from tideline.serving.onnx_library import load_library

AGE = Feature("age", "number", required=True, min=0, max=120)
INCOME = Feature("income", "number", required=False)
PLAN = Feature("plan", "category", required=True, values=("basic", "gold"))
CITY = Feature("city", "category", required=False)
FEATURES = (AGE, INCOME, PLAN, CITY)
GOOD = {"age": 40, "income": 1200.5, "plan": "gold", "city": "Oslo"}

_CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": None}


def signature(task: str = "binary", features: Sequence[Feature] = FEATURES) -> Signature:
    return Signature(task=task, features=tuple(features), classes=_CLASSES[task], entity="customer")


def artifact(task: str = "binary", *, scale: float = 0.01, infinite: bool = False) -> bytes:
    """A linear model on (age, income, plan is gold, city is Oslo); missing numbers count as zero."""
    width = {"binary": 2, "multiclass": 3, "regression": 1}[task]
    weights = (np.arange(4 * width, dtype=np.float32).reshape(4, width) - width) * np.float32(scale)
    nodes = []
    for name in ("age", "income"):
        nodes += [
            helper.make_node("IsNaN", [name], [f"{name}_missing"]),
            helper.make_node("Where", [f"{name}_missing", "zero", name], [f"{name}_filled"]),
        ]
    for name, value in (("plan", "gold"), ("city", "Oslo")):
        nodes.append(
            helper.make_node(
                "LabelEncoder",
                [name],
                [f"{name}_filled"],
                domain="ai.onnx.ml",
                keys_strings=[value],
                values_floats=[1.0],
                default_float=0.0,
            )
        )
    columns = [f"{name}_filled" for name in ("age", "income", "plan", "city")]
    nodes += [
        helper.make_node("Concat", columns, ["columns"], axis=1),
        helper.make_node("MatMul", ["columns", "weights"], ["scores"]),
    ]
    output = "value" if task == "regression" else "probabilities"
    final = "scores" if infinite or task == "regression" else "softmax"
    if final == "softmax":
        nodes.append(helper.make_node("Softmax", ["scores"], ["softmax"], axis=1))
    if infinite:
        nodes.append(helper.make_node("Div", [final, "zero"], [output]))
    else:
        nodes.append(helper.make_node("Identity", [final], [output]))
    kinds = {"age": TensorProto.FLOAT, "income": TensorProto.FLOAT}
    inputs = [
        helper.make_tensor_value_info(name, kinds.get(name, TensorProto.STRING), [None, 1])
        for name in ("age", "income", "plan", "city")
    ]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, width])]
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(np.zeros(1, np.float32), "zero"),
    ]
    graph = helper.make_graph(nodes, "sample", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 4)]
    content: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    return content


def version(content: bytes, number: int = 3, *, task: str = "binary", **changes: Any) -> DeployedVersion:
    fields: dict[str, Any] = {
        "version": number,
        "role": "champion",
        "weight": 100,
        "sha256": hashlib.sha256(content).hexdigest(),
        "key": f"churn/versions/{number}/model.onnx",
        "signature": signature(task),
    }
    return DeployedVersion(**fields | changes)


def loaded(task: str = "binary") -> LoadedModel:
    return LoadedModel(load_library(), artifact(task), signature=signature(task))


def document(*entries: DeployedVersion, generation: int = 1, **fields: Any) -> bytes:
    """The record as the registry's writer spells it."""
    written = {
        "model": "churn",
        "generation": generation,
        "since": "2026-01-01T00:00:00Z",
        "versions": [_written(entry) for entry in entries],
    }
    return json.dumps(written | fields).encode()


def _written(entry: DeployedVersion) -> dict[str, Any]:
    rules = [
        {
            "name": feature.name,
            "type": feature.type,
            "required": feature.required,
            "min": feature.min,
            "max": feature.max,
            "values": feature.values,
            "private": feature.private,
        }
        for feature in entry.signature.features
    ]
    promised = {
        "task": entry.signature.task,
        "classes": entry.signature.classes,
        "entity": entry.signature.entity,
        "time": entry.signature.time,
        "features": rules,
    }
    return {
        "version": entry.version,
        "role": entry.role,
        "weight": entry.weight,
        "sha256": entry.sha256,
        "key": entry.key,
        "signature": promised,
        "slots": entry.slots,
    }


def stalling(*, after_age: float, without_age: bool = False) -> bytes:
    """A model that answers unless any age is larger: then it goes round a loop for days.

    With `without_age` it does so where an age is missing, too, as in the first run when it is loaded.
    """
    step = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["carried", "one"], ["carried_on"]),
        ],
        "step",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried", TensorProto.FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried_on", TensorProto.FLOAT, []),
        ],
    )
    nodes = [
        helper.make_node("ReduceMax", ["age"], ["oldest"], keepdims=0),
        helper.make_node("Greater", ["oldest", "limit"], ["above"]),
        helper.make_node("LessOrEqual", ["oldest", "limit"], ["below"]),
        # Of NaN neither is true.
        *([] if without_age else [helper.make_node("Where", ["above", "rounds", "none"], ["trips"])]),
        *([helper.make_node("Where", ["below", "none", "rounds"], ["trips"])] if without_age else []),
        helper.make_node("Loop", ["trips", "", "zero"], ["looped"], body=step),
        helper.make_node("Mul", ["looped", "zero"], ["nothing"]),
        helper.make_node("Add", ["income", "nothing"], ["value"]),
    ]
    constants = [
        numpy_helper.from_array(np.array(after_age, np.float32), "limit"),
        numpy_helper.from_array(np.array(2**62, np.int64), "rounds"),
        numpy_helper.from_array(np.array(0, np.int64), "none"),
        numpy_helper.from_array(np.array(0, np.float32), "zero"),
        numpy_helper.from_array(np.array(1, np.float32), "one"),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in ("age", "income")]
    outputs = [helper.make_tensor_value_info("value", TensorProto.FLOAT, [None, 1])]
    graph = helper.make_graph(nodes, "stalling", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", 21)]
    content: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    return content


class FakeClock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeTable:
    """Deployment records by model; raises `error` where there is one."""

    def __init__(self, **documents: bytes) -> None:
        self.documents = documents
        self.error: TidelineError | None = None
        self.attempts: list[int] = []

    def read(self, model: str, *, attempts: int) -> bytes | None:
        self.attempts.append(attempts)
        if self.error:
            raise self.error
        return self.documents.get(model)


class FakeLake:
    """Objects by key, as the real reader answers."""

    def __init__(self, objects: dict[str, Any]) -> None:
        self.objects = objects
        self.reads: list[str] = []
        self.attempts: list[int] = []

    def read(self, key: str, *, attempts: int) -> bytes:
        self.reads.append(key)
        self.attempts.append(attempts)
        found = self.objects[key]
        if isinstance(found, Exception):
            raise found
        return bytes(found)
