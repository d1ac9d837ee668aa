from __future__ import annotations

import gc
import math
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.unit.serving import samples
from tideline.serving import onnx_library
from tideline.serving.onnx_library import OnnxRuntimeError, library_path, load_library
from tideline.serving.onnx_session import OnnxSession

_ROWS = [
    ([40.0, 1200.5], ["gold", "Oslo"]),
    ([1.0, math.nan], ["basic", ""]),
    ([119.5, -3e38], ["gold", "Zürich 中 🦉"]),
    ([0.0, 0.0], ["unseen", "x" * 5000]),
]


def _session(task: str = "binary", **changes: object) -> OnnxSession:
    given = {
        "numbers": ("age", "income"),
        "texts": ("plan", "city"),
        "output": "value" if task == "regression" else "probabilities",
        "width": {"binary": 2, "multiclass": 3, "regression": 1}[task],
    } | changes
    return OnnxSession(load_library(), samples.artifact(task), **given)


def _by_package(task: str) -> list[list[float]]:
    session = onnxruntime.InferenceSession(samples.artifact(task), providers=["CPUExecutionProvider"])
    feeds = {
        name: np.array([[row[0][at]] for row in _ROWS], np.float32)
        for at, name in enumerate(("age", "income"))
    } | {name: np.array([[row[1][at]] for row in _ROWS], object) for at, name in enumerate(("plan", "city"))}
    answer: list[list[float]] = session.run(None, feeds)[0].tolist()
    return answer


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_answers_are_those_of_the_python_package(task: str) -> None:
    session = _session(task)
    expected = _by_package(task)
    together = session.run(
        list(zip(*(row[0] for row in _ROWS), strict=True)), list(zip(*(row[1] for row in _ROWS), strict=True))
    )
    one_by_one = [session.run_one(*row) for row in _ROWS]
    np.testing.assert_allclose(together, expected, rtol=1e-6)
    np.testing.assert_allclose(one_by_one, expected, rtol=1e-6)


def test_a_single_row_leaves_nothing_behind_for_the_next() -> None:
    session = _session()
    first = session.run_one(*_ROWS[0])
    session.run_one(*_ROWS[2])
    assert session.run_one(*_ROWS[0]) == first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"numbers": ("age",)}, "not the features of its record: \\['income'\\]"),
        ({"texts": ("plan", "city", "name")}, "\\['name'\\]"),
        ({"output": "value"}, "no output 'value'"),
    ],
)
def test_names_that_differ_are_told(changes: dict[str, object], message: str) -> None:
    with pytest.raises(OnnxRuntimeError, match=message):
        _session(**changes)


def test_a_wrong_type_or_width_fails_instead_of_reading_beyond_a_buffer() -> None:
    swapped = _session(numbers=("plan", "city"), texts=("age", "income"))
    with pytest.raises(OnnxRuntimeError, match="Unexpected input data type"):
        swapped.run_one([1.0, 2.0], ["gold", "Oslo"])
    for narrow in (_session(width=1), _unshaped_session(width=1), _unshaped_session(width=3)):
        with pytest.raises(OnnxRuntimeError, match=r"invalid dimensions|shape"):
            narrow.run_one(*_ROWS[0])
        with pytest.raises(OnnxRuntimeError, match=r"invalid dimensions|shape"):
            narrow.run([(1.0, 2.0), (1.0, 2.0)], [("gold", "gold"), ("", "")])


def _unshaped_session(*, width: int) -> OnnxSession:
    """A model that does not say how wide its output is."""
    model = onnx.load_from_string(samples.artifact())
    model.graph.output[0].type.tensor_type.ClearField("shape")
    return OnnxSession(
        load_library(),
        model.SerializeToString(),
        numbers=("age", "income"),
        texts=("plan", "city"),
        output="probabilities",
        width=width,
    )


@pytest.mark.parametrize("content", [b"", b"\x08\x0a", b"\x80\x04pickle", samples.artifact()[:-50]])
def test_bytes_that_are_no_model_are_refused(content: bytes) -> None:
    with pytest.raises(OnnxRuntimeError):
        OnnxSession(load_library(), content, numbers=(), texts=(), output="value", width=1)


def test_sessions_give_their_memory_back() -> None:
    for _ in range(20):
        _session()
    gc.collect()
    before = _resident_bytes()
    for _ in range(100):
        _session().run([(1.0,) * 100] * 2, [("gold",) * 100] * 2)
    gc.collect()
    assert _resident_bytes() - before < 10_000_000


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_the_library_is_the_packages_own_and_loaded_once() -> None:
    assert onnxruntime.__version__ in library_path()
    assert load_library() is load_library()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_library.sys, "path", ["/nowhere"])
    with pytest.raises(OnnxRuntimeError, match="no libonnxruntime"):
        library_path()


def test_loading_ahead_leaves_errors_to_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_library, "_loaded", [])
    monkeypatch.setattr(onnx_library, "library_path", lambda: "/nowhere/libonnxruntime.so")
    onnx_library._load_quietly()
    with pytest.raises(OSError, match="nowhere"):
        load_library()
