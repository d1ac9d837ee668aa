"""The linear model in ONNX, in double precision to the last step.

Standardizing inside the graph rather than folding it into the weights keeps numbers far from zero
exact: their distance from the mean is taken before anything is multiplied.
"""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from tideline.adapters.training.arrays import Doubles
from tideline.adapters.training.linear_trainer import LinearModel
from tideline.adapters.training.onnx_file import Graph, add_codes, output_name, serialize
from tideline.domain.encoding import Encoding, Task


def build_linear_model(model: LinearModel, *, encoding: Encoding) -> bytes:
    """Return the ONNX file for a linear model."""
    graph = Graph()
    intercept = graph.constant("intercept", _widen(model.intercept[None, :], model.task))
    parts = [
        *([_add_numbers(graph, model, encoding)] if model.layout.numbers else []),
        *([_add_categories(graph, model, encoding)] if model.layout.categories else []),
    ]
    scores = intercept
    for index, part in enumerate(parts):
        scores = graph.add("Add", [part, scores], f"scores_{index}")
    graph.add_output(
        "Cast", [_add_link(graph, scores, model.task)], output_name(encoding), to=TensorProto.FLOAT
    )
    return serialize(graph, encoding=encoding)


def _add_numbers(graph: Graph, model: LinearModel, encoding: Encoding) -> str:
    names = [encoding.features[index].name for index in model.layout.numbers]
    joined = graph.add("Concat", names, "numbers", axis=1)
    wide = graph.add("Cast", [joined], "wide_numbers", to=TensorProto.DOUBLE)
    missing = graph.add("IsNaN", [wide], "missing")
    distance = graph.add("Sub", [wide, graph.constant("mean", model.scaling.mean)], "distance")
    scaled = graph.add("Mul", [distance, graph.constant("factor", model.scaling.factor)], "scaled")
    zero = graph.constant("zero", np.zeros(1))
    standard = graph.add("Where", [missing, zero, scaled], "standard")
    indicators = graph.add("Cast", [missing], "indicators", to=TensorProto.DOUBLE)
    columns = graph.add("Concat", [standard, indicators], "columns", axis=1)
    weights = np.vstack([model.number_weights, model.missing_weights])
    return graph.add(
        "MatMul", [columns, graph.constant("weights", _widen(weights, model.task))], "number_scores"
    )


def _add_categories(graph: Graph, model: LinearModel, encoding: Encoding) -> str:
    rows = [
        add_codes(graph, encoding.features[column], index=column, offset=offset, integers=True)
        for column, offset in zip(model.layout.categories, model.layout.offsets, strict=True)
    ]
    joined = graph.add("Concat", rows, "levels", axis=1)
    weights = graph.constant("level_weights", _widen(model.level_weights, model.task))
    gathered = graph.add("Gather", [weights, joined], "level_scores", axis=0)
    axis = graph.constant("category_axis", np.array([1], np.int64))
    return graph.add("ReduceSum", [gathered, axis], "category_scores", keepdims=0)


def _widen(weights: Doubles, task: Task) -> Doubles:
    """Return weights against and for where there are two classes, so that one sigmoid gives both."""
    return np.hstack([-weights, weights]) if task == "binary" else weights


def _add_link(graph: Graph, scores: str, task: Task) -> str:
    if task == "regression":
        return scores
    if task == "binary":
        return graph.add("Sigmoid", [scores], "wide_probabilities")
    return graph.add("Softmax", [scores], "wide_probabilities", axis=1)
