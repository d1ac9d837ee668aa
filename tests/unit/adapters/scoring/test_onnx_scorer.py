from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.errors import ArtifactInvalid


def _artifact(
    *nodes: Any,
    inputs: tuple[tuple[str, int, list[Any]], ...] = (("x", TensorProto.FLOAT, ["rows", 1]),),
    output: str = "value",
) -> bytes:
    graph = helper.make_graph(
        list(nodes) or [helper.make_node("Log", ["x"], [output])],
        "model",
        [helper.make_tensor_value_info(*parts) for parts in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["rows", 1])],
    )
    imports = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10)
    content: bytes = model.SerializeToString()
    return content


def _length_of_text() -> bytes:
    encoder = helper.make_node(
        "LabelEncoder",
        ["text"],
        ["value"],
        domain="ai.onnx.ml",
        keys_strings=["é", "longer text"],
        values_floats=[1.0, 2.0],
        default_float=-1.0,
    )
    return _artifact(encoder, inputs=(("text", TensorProto.STRING, ["rows", 1]),))


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
def test_answers_do_not_depend_on_the_size_of_a_batch(batch_rows: int) -> None:
    values = np.arange(1, 8, dtype=np.float64)
    answer = OnnxScorer(_artifact(), batch_rows=batch_rows).predict({"x": values, "ignored": values[:2]})
    assert answer.shape == (7, 1)
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer[:, 0], np.log(values), rtol=1e-6)


def test_no_rows_give_no_answers() -> None:
    assert OnnxScorer(_artifact()).predict({"x": np.zeros(0, np.float32)}).shape == (0, 1)


@pytest.mark.parametrize("kind", [np.str_, np.object_])
def test_texts_arrive_whole(kind: Any) -> None:
    texts = np.array(["é", "longer text", ""], dtype=kind)
    scorer = OnnxScorer(_length_of_text())
    assert scorer.features == ("text",)
    assert scorer.predict({"text": texts})[:, 0].tolist() == [1, 2, -1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a model",
        pickle.dumps({"a": 1}),
        b"PK\x03\x04 a zip",
        b"\x08" * 100,
        _artifact()[:-20],
        helper.make_model(helper.make_graph([], "empty", [], []), ir_version=10).SerializeToString(),
    ],
)
def test_what_is_no_artifact_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactInvalid):
        OnnxScorer(content)


def test_an_output_of_another_name_is_refused() -> None:
    with pytest.raises(ArtifactInvalid, match="outputs"):
        OnnxScorer(_artifact(output="something"))


@pytest.mark.parametrize(
    ("kind", "shape"),
    [(TensorProto.INT64, ["rows", 1]), (TensorProto.FLOAT, ["rows", 3]), (TensorProto.FLOAT, [1])],
)
def test_an_input_of_another_kind_is_refused(kind: int, shape: list[Any]) -> None:
    with pytest.raises(ArtifactInvalid, match="'other'"):
        OnnxScorer(_artifact(inputs=(("x", TensorProto.FLOAT, ["rows", 1]), ("other", kind, shape))))


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(ArtifactInvalid, match="'x'"):
        OnnxScorer(_artifact()).predict({"y": np.ones(3)})


@pytest.mark.parametrize(
    ("artifact", "features"),
    [(_artifact(), {"x": np.array(["1"])}), (_length_of_text(), {"text": np.ones(1)})],
)
def test_text_for_a_number_and_a_number_for_text_are_refused(artifact: bytes, features: Any) -> None:
    with pytest.raises(ArtifactInvalid, match="text or a number"):
        OnnxScorer(artifact).predict(features)


def test_features_of_different_lengths_are_refused() -> None:
    both = (("x", TensorProto.FLOAT, ["rows", 1]), ("y", TensorProto.FLOAT, ["rows", 1]))
    scorer = OnnxScorer(_artifact(helper.make_node("Add", ["x", "y"], ["value"]), inputs=both))
    with pytest.raises(ArtifactInvalid, match="number of rows"):
        scorer.predict({"x": np.ones(2), "y": np.ones(3)})


@pytest.mark.parametrize("bad", [-1.0, 0.0])
def test_an_answer_that_is_not_finite_is_refused_with_its_row(bad: float) -> None:
    with pytest.raises(ArtifactInvalid, match="row 2 "):
        OnnxScorer(_artifact(), batch_rows=2).predict({"x": np.array([1.0, 2.0, bad, 1.0])})


def test_a_model_that_fails_in_running_is_a_typed_error() -> None:
    nodes = [
        helper.make_node("Constant", [], ["shape"], value_ints=[2, 3]),
        helper.make_node("Reshape", ["x", "shape"], ["wide"]),
        helper.make_node("ReduceSum", ["wide"], ["value"]),
    ]
    with pytest.raises(ArtifactInvalid, match="cannot run"):
        OnnxScorer(_artifact(*nodes)).predict({"x": np.ones(4)})


def test_a_tree_that_leads_to_itself_is_refused() -> None:
    loop = helper.make_node(
        "TreeEnsemble",
        ["x"],
        ["value"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function=1,
        post_transform=0,
        tree_roots=[0],
        nodes_modes=onnx.numpy_helper.from_array(np.zeros(1, np.uint8)),
        nodes_featureids=[0],
        nodes_splits=onnx.numpy_helper.from_array(np.zeros(1, np.float32)),
        nodes_truenodeids=[0],
        nodes_trueleafs=[0],
        nodes_falsenodeids=[0],
        nodes_falseleafs=[1],
        leaf_targetids=[0],
        leaf_weights=onnx.numpy_helper.from_array(np.zeros(1, np.float32)),
    )
    with pytest.raises(ArtifactInvalid, match="cannot load"):
        OnnxScorer(_artifact(loop))
