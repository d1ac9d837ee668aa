"""What every artifact has in common: inputs named as the features, one output, stable bytes.

Inner values and constants carry a prefix that no feature can have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.errors import TrainingImpossible

PREFIX = "_tl_"
FORMAT_VERSION = "1"
OPSET, ML_OPSET, IR_VERSION = 21, 5, 10


@dataclass
class Graph:
    """A graph in the making: nodes in order of execution, and constants."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, array: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), PREFIX + name))
        return PREFIX + name

    def add(
        self, operator: str, inputs: Sequence[str], output: str, *, domain: str = "", **attributes: object
    ) -> str:
        """Add a node with one inner output and return the output's name."""
        return self.add_output(operator, inputs, PREFIX + output, domain=domain, **attributes)

    def add_output(
        self, operator: str, inputs: Sequence[str], output: str, *, domain: str = "", **attributes: object
    ) -> str:
        """Add a node whose output has exactly this name."""
        self.nodes.append(
            helper.make_node(operator, list(inputs), [output], name=output, domain=domain, **attributes)
        )
        return output


def output_name(encoding: Encoding) -> str:
    """Return the name of a model's only output."""
    return "value" if encoding.task == "regression" else "probabilities"


def serialize(graph: Graph, *, encoding: Encoding) -> bytes:
    """Return the checked ONNX file; equal graphs give equal bytes.

    Raises:
        TrainingImpossible: if a feature has the output's name.
    """
    output = output_name(encoding)
    if output in encoding.names:
        raise TrainingImpossible(f"a feature of a {encoding.task} model cannot be named {output!r}")
    width = 1 if encoding.task == "regression" else len(encoding.classes)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "model",
            [_input(feature) for feature in encoding.features],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["rows", width])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        ir_version=IR_VERSION,
        producer_name="tideline",
    )
    helper.set_model_props(model, {"format": FORMAT_VERSION})
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _input(feature: FeatureEncoding) -> Any:
    kind = TensorProto.STRING if feature.type == "category" else TensorProto.FLOAT
    return helper.make_tensor_value_info(feature.name, kind, ["rows", 1])


def add_codes(graph: Graph, feature: FeatureEncoding, *, index: int, offset: int, integers: bool) -> str:
    """Add the node that turns a category's text into ``offset + 1 + code``, missing or unseen into `offset`.

    Args:
        graph: Where to add it.
        feature: A category.
        index: Its place, for the node's name.
        offset: What missing and unseen become.
        integers: int64 if true, else float32.
    """
    # An encoder needs a key; "" is missing anyway.
    keys = list(feature.vocabulary) or [""]
    values = [offset + 1 + code for code in range(len(feature.vocabulary))] or [offset]
    kind: dict[str, object] = (
        {"values_int64s": values, "default_int64": offset}
        if integers
        else {"values_floats": [float(value) for value in values], "default_float": float(offset)}
    )
    return graph.add(
        "LabelEncoder", [feature.name], f"code_{index}", domain="ai.onnx.ml", keys_strings=keys, **kind
    )
