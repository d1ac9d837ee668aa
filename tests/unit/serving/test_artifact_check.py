from __future__ import annotations

import hashlib
import pickle

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.serving import samples
from tideline.errors import ArtifactInvalid
from tideline.serving import artifact_check
from tideline.serving.artifact_check import check_artifact
from tideline.serving.model_cache import load_model


def _check(content: bytes) -> None:
    check_artifact(content, sha256=hashlib.sha256(content).hexdigest())


def _with(change: object) -> bytes:
    model = onnx.load_from_string(samples.artifact())
    change(model)  # type: ignore[operator]
    content: bytes = model.SerializeToString()
    return content


def test_the_registered_model_passes() -> None:
    _check(samples.artifact())


def test_other_bytes_than_the_registered_are_refused() -> None:
    content = samples.artifact()
    with pytest.raises(ArtifactInvalid, match="SHA-256"):
        check_artifact(content + b"\0", sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08",
        pickle.dumps({"model": 1}),
        b"\x1f\x8b\x08\0" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"\x08\xff" + samples.artifact()[2:],
        b"\x08\x0a",
        b"\x08\x0a\x3a\xff\xff\xff\xff\x0f",
        b"\x08\x0a\x3b\x00",
        samples.artifact()[:-1],
        samples.artifact() + b"\x3a",
    ],
)
def test_other_formats_are_refused_before_a_parser_sees_them(content: bytes) -> None:
    with pytest.raises(ArtifactInvalid):
        _check(content)


def test_a_file_that_is_too_large_is_refused_unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_check, "MAX_ARTIFACT_BYTES", 100)
    with pytest.raises(ArtifactInvalid, match="at most 100 are loaded"):
        check_artifact(samples.artifact(), sha256="")


@given(st.binary(max_size=300))
def test_any_bytes_without_a_graph_are_refused(content: bytes) -> None:
    # Neither the graph's tag nor a longer spelling of it.
    noise = b"\x08\x0a" + content.replace(b"\x3a", b"").replace(b"\xba", b"")
    with pytest.raises(ArtifactInvalid):
        _check(noise)


def _cycle(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = model.graph.output[0].name


def _outside_file(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "../../../../etc/passwd"), ("offset", "0"), ("length", "32")):
        tensor.external_data.add(key=key, value=value)


def _unknown_operator(model: onnx.ModelProto) -> None:
    model.graph.node[0].op_type = "RunShell"


def _another_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "height"


@pytest.mark.parametrize("change", [_cycle, _outside_file, _unknown_operator, _another_input])
def test_a_model_that_cannot_be_ours_does_not_load(change: object) -> None:
    content = _with(change)
    with pytest.raises(ArtifactInvalid, match="ONNX Runtime can't use it"):
        load_model(samples.version(content), content)
