"""Predictions of an artifact on named arrays, for evaluation; serving has its own, shorter way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tideline.errors import ArtifactInvalid

# Rows scored at once: 8,192 rows of 100 float32 features are 3 MB.
BATCH_ROWS = 8192

# Field 1 (`ir_version`) of ONNX's ModelProto as a varint: every ONNX file that we write starts so, while a
# pickle starts with 0x80, a zip with "P" and an ORT flatbuffer with an offset.
FIRST_BYTE = b"\x08"
OUTPUTS = ("probabilities", "value")
INPUT_TYPES: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(string)": np.object_,
}
SILENT = 4


class OnnxScorer:
    """Scores rows with one ONNX file.

    Args:
        artifact: The file's bytes.
        threads: Threads of one batch.
        batch_rows: Rows scored at once; memory is bounded by it.

    Raises:
        ArtifactInvalid: if the bytes are not an ONNX model with the inputs and the output of an artifact.
    """

    def __init__(self, artifact: bytes, *, threads: int = 1, batch_rows: int = BATCH_ROWS) -> None:
        self._session = _open(artifact, threads=threads)
        self._batch_rows = batch_rows
        self._output = _output_of(self._session)
        self._types = {feature.name: _type_of(feature) for feature in self._session.get_inputs()}

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features that the model needs, in its order."""
        return tuple(self._types)

    def predict(self, features: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Return probabilities ``(n, n_classes)`` or values ``(n, 1)``.

        Args:
            features: For each feature an array of shape ``(n,)`` or ``(n, 1)``: numbers with NaN for
                missing, texts with "" for missing. Others are ignored.

        Raises:
            ArtifactInvalid: if a feature is missing or of the wrong kind, or an answer is not finite.
        """
        answer = self.answer(features)
        if not np.isfinite(answer).all():
            row = int(np.flatnonzero(~np.isfinite(answer).all(axis=1))[0])
            raise ArtifactInvalid(f"the model answers row {row} with a number that is not finite")
        return answer

    def answer(self, features: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Return what `predict` returns, numbers that are not finite included.

        Raises:
            ArtifactInvalid: if a feature is missing or of the wrong kind.
        """
        columns = {name: self._column(features, name) for name in self._types}
        sizes = {len(column) for column in columns.values()}
        if len(sizes) != 1:
            raise ArtifactInvalid(f"features differ in their number of rows: {sorted(sizes)}")
        return np.concatenate(list(self._batches(columns, rows=sizes.pop())))

    def _column(self, features: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
        if name not in features:
            raise ArtifactInvalid(f"the model needs the feature {name!r}, which the rows do not have")
        column = features[name].reshape(-1, 1)
        is_text = column.dtype.kind in "OUT"
        if is_text is not (self._types[name] is np.object_):
            raise ArtifactInvalid(f"the model and the rows disagree whether {name!r} is text or a number")
        return column

    def _batches(self, columns: Mapping[str, NDArray[Any]], *, rows: int) -> Iterator[NDArray[np.float32]]:
        for start in range(0, max(rows, 1), self._batch_rows):
            batch = {
                name: column[start : start + self._batch_rows].astype(self._types[name], copy=False)
                for name, column in columns.items()
            }
            yield _run(self._session, self._output, batch)


def _open(artifact: bytes, *, threads: int) -> Any:
    if artifact[:1] != FIRST_BYTE:
        raise ArtifactInvalid("the file is not an ONNX model")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = SILENT
    try:
        return onnxruntime.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's errors have no common class but Exception.
        raise ArtifactInvalid(f"ONNX Runtime cannot load the file: {_first_line(error)}") from error


def _run(session: Any, output: str, batch: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    try:
        answer: NDArray[np.float32] = session.run([output], batch)[0]
    except Exception as error:
        raise ArtifactInvalid(f"ONNX Runtime cannot run the model: {_first_line(error)}") from error
    return answer


def _output_of(session: Any) -> str:
    names = [output.name for output in session.get_outputs()]
    if len(names) != 1 or names[0] not in OUTPUTS:
        raise ArtifactInvalid(f"the model has the outputs {names}; one of {OUTPUTS} is needed")
    return str(names[0])


def _type_of(feature: Any) -> type[np.generic]:
    if feature.type not in INPUT_TYPES or len(feature.shape) != 2 or feature.shape[1] != 1:  # noqa: PLR2004
        raise ArtifactInvalid(f"input {feature.name!r} is {feature.type} of shape {feature.shape}")
    return INPUT_TYPES[feature.type]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
