"""Trees as one `TreeEnsemble` (ai.onnx.ml 5) behind a concatenation of the named inputs.

Exactness:
- LightGBM compares doubles, ONNX Runtime what the node holds. Features are float32, so `x <= t` is
  the same as `x <= t'` with t' the greatest float32 up to t.
- Categories enter as code + 1 and missing or unseen ones as 0, which is a member of no set. NaN stays
  out of membership tests: converting it to an integer means different things on x86 and on arm.
- Class scores are summed in float32 (1e-6 after a thousand trees); values in double, for a
  regression's target may have any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from tideline.adapters.training.forest import Forest, Tree, read_forest, round_down
from tideline.adapters.training.onnx_file import Graph, add_codes, output_name, serialize
from tideline.domain.encoding import Encoding

Real: TypeAlias = type[np.float32] | type[np.float64]

BRANCH_LEQ, BRANCH_MEMBER = 0, 6
SUM, NO_TRANSFORM = 1, 0

# An ensemble needs a node, also where no tree splits.
NOTHING = Tree(
    feature=np.zeros(1, np.int64),
    threshold=np.zeros(1),
    is_category=np.zeros(1, np.bool_),
    missing_left=np.zeros(1, np.bool_),
    left=np.array([~0]),
    right=np.array([~1]),
    members=(),
    leaves=np.zeros(2),
    split_rows=np.ones(1, np.int64),
    leaf_rows=np.ones(2, np.int64),
)


def build_forest_model(text: str, *, encoding: Encoding) -> bytes:
    """Return the ONNX file for a LightGBM model text."""
    forest = read_forest(text)
    real: Real = np.float64 if encoding.task == "regression" else np.float32
    graph = Graph()
    scores = _add_trees(graph, forest, columns=_add_columns(graph, encoding, real=real), real=real)
    _ADD_OUTPUT[encoding.task](graph, scores, forest.offsets, output_name(encoding))
    return serialize(graph, encoding=encoding)


def _add_columns(graph: Graph, encoding: Encoding, *, real: Real) -> str:
    columns = [
        feature.name
        if feature.type == "number"
        else add_codes(graph, feature, index=index, offset=0, integers=False)
        for index, feature in enumerate(encoding.features)
    ]
    joined = graph.add("Concat", columns, "columns", axis=1)
    if real is np.float32:
        return joined
    return graph.add("Cast", [joined], "wide_columns", to=TensorProto.DOUBLE)


def _add_trees(graph: Graph, forest: Forest, *, columns: str, real: Real) -> str:
    trees = forest.trees or ((0, NOTHING),)
    nodes = _flatten([tree for _, tree in trees])
    members = [np.append(codes + 1.0, np.nan) for _, tree in trees for codes in tree.members]
    sets = {"membership_values": _tensor(np.concatenate(members), real)} if members else {}
    return graph.add(
        "TreeEnsemble",
        [columns],
        "scores",
        domain="ai.onnx.ml",
        n_targets=len(forest.offsets),
        aggregate_function=SUM,
        post_transform=NO_TRANSFORM,
        tree_roots=nodes.roots,
        nodes_modes=numpy_helper.from_array(nodes.modes),
        nodes_featureids=nodes.features,
        nodes_splits=_tensor(nodes.splits, real),
        nodes_missing_value_tracks_true=nodes.missing_true,
        nodes_truenodeids=nodes.true_ids,
        nodes_trueleafs=nodes.true_is_leaf,
        nodes_falsenodeids=nodes.false_ids,
        nodes_falseleafs=nodes.false_is_leaf,
        leaf_targetids=[target for target, tree in trees for _ in tree.leaves],
        leaf_weights=_tensor(np.concatenate([tree.leaves for _, tree in trees]), real),
        **sets,
    )


@dataclass(frozen=True)
class _Nodes:
    roots: list[int]
    modes: NDArray[np.uint8]
    features: list[int]
    splits: NDArray[np.float64]
    missing_true: list[int]
    true_ids: list[int]
    true_is_leaf: list[int]
    false_ids: list[int]
    false_is_leaf: list[int]


def _flatten(trees: list[Tree]) -> _Nodes:
    roots = np.cumsum([0, *(len(tree.feature) for tree in trees[:-1])])
    first_leaves = np.cumsum([0, *(len(tree.leaves) for tree in trees[:-1])])
    is_category = np.concatenate([tree.is_category for tree in trees])
    threshold = np.concatenate([tree.threshold for tree in trees])
    places = list(zip(trees, roots, first_leaves, strict=True))
    left = np.concatenate([_shift(tree.left, root, leaf) for tree, root, leaf in places])
    right = np.concatenate([_shift(tree.right, root, leaf) for tree, root, leaf in places])
    return _Nodes(
        roots=roots.tolist(),
        modes=np.where(is_category, BRANCH_MEMBER, BRANCH_LEQ).astype(np.uint8),
        features=np.concatenate([tree.feature for tree in trees]).tolist(),
        splits=np.where(is_category, 0.0, round_down(threshold)),
        missing_true=np.concatenate([tree.missing_left for tree in trees]).astype(int).tolist(),
        true_ids=np.where(left < 0, ~left, left).tolist(),
        true_is_leaf=(left < 0).astype(int).tolist(),
        false_ids=np.where(right < 0, ~right, right).tolist(),
        false_is_leaf=(right < 0).astype(int).tolist(),
    )


def _shift(child: NDArray[np.int64], root: int, first_leaf: int) -> NDArray[np.int64]:
    return np.where(child < 0, child - first_leaf, child + root)


def _tensor(array: NDArray[np.float64], real: Real) -> Any:
    return numpy_helper.from_array(array.astype(real))


def _add_binary(graph: Graph, scores: str, offsets: NDArray[np.float64], output: str) -> None:
    # One product gives the log-odds against and for, so that one sigmoid gives both probabilities.
    signs = np.array([[-1.0, 1.0]], np.float32)
    weights = graph.constant("signs", signs)
    shift = graph.constant("offsets", signs[0] * offsets.astype(np.float32))
    graph.add("Gemm", [scores, weights, shift], "log_odds")
    graph.add_output("Sigmoid", [graph.nodes[-1].output[0]], output)


def _add_multiclass(graph: Graph, scores: str, offsets: NDArray[np.float64], output: str) -> None:
    shift = graph.constant("offsets", offsets.astype(np.float32))
    graph.add_output("Softmax", [graph.add("Add", [scores, shift], "logits")], output, axis=1)


def _add_regression(graph: Graph, scores: str, offsets: NDArray[np.float64], output: str) -> None:
    shift = graph.constant("offsets", offsets)
    graph.add_output("Cast", [graph.add("Add", [scores, shift], "sum")], output, to=TensorProto.FLOAT)


_ADD_OUTPUT = {"binary": _add_binary, "multiclass": _add_multiclass, "regression": _add_regression}
