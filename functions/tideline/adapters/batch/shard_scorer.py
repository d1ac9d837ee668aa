"""Answering a shard: DuckDB's columns through ONNX Runtime, no row ever becoming a Python object.

Only texts do, for ONNX Runtime's Python interface takes them in no other form.
"""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from tideline.adapters.intake.session import session
from tideline.adapters.intake.sql import literal
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.domain.batch.batch_ids import id_parts
from tideline.domain.batch.order import BatchOrder
from tideline.domain.release.deployment import Signature

# Of features that are in numpy at once, but whole row groups of the shard: reading in fewer goes is faster.
SLICE_BYTES, SLICE_ROWS = 64 * 1024 * 1024, 32_768
_NUMBER_BYTES = 4
NOT_FINITE = "the model answers with a number that is not finite"
# As `tideline.serving.answers`: the positive class is named where it is at least as likely as not.
_THRESHOLD = "0.5"
_THREADS = 2
# Ids and probabilities hardly repeat: trying dictionaries of DuckDB's own size would only cost time.
_DICTIONARY_WORDS = 4_096


class OnnxShardScorer:
    """`tideline.ports.ShardScorer`; the same shard, order and artifact give the same rows.

    Args:
        memory_mb: Of the function; DuckDB takes a part of it.
        threads: Threads of ONNX Runtime: one, for a worker has one processor.
    """

    def __init__(self, *, memory_mb: int, threads: int = 1) -> None:
        self._memory_mb = memory_mb
        self._threads = threads

    def score(
        self,
        source: Path,
        *,
        order: BatchOrder,
        signature: Signature,
        artifact: bytes,
        results: Path,
        refused: Path,
    ) -> tuple[int, int]:
        scorer = OnnxScorer(artifact, threads=self._threads)
        with session(
            workdir=source.parent.resolve(), sources=(), memory_mb=self._memory_mb, threads=_THREADS
        ) as connection:
            answers = _answers(connection, source, scorer=scorer, signature=signature)
            _register(connection, answers)
            _write_refused(connection, source, refused)
            _write_results(connection, source, results, order=order, signature=signature)
            finite = int(np.isfinite(answers).all(axis=1).sum())
        return finite, len(answers) - finite


def _answers(
    connection: duckdb.DuckDBPyConnection, source: Path, *, scorer: OnnxScorer, signature: Signature
) -> NDArray[np.float32]:
    """Return the model's numbers for every row of the shard, in its order, shape ``(n, n_classes)``."""
    shard = f"read_parquet({literal(str(source.resolve()))}, file_row_number = true)"
    found = connection.execute(f"SELECT count(*) FROM {shard}").fetchone()
    rows = int(found[0]) if found else 0
    columns = ", ".join(f"f{at}" for at in range(len(signature.features)))
    goes = max(SLICE_BYTES // (_NUMBER_BYTES * len(signature.features) * SLICE_ROWS), 1) * SLICE_ROWS
    parts = []
    for start in range(0, rows, goes):
        stretch = f"file_row_number BETWEEN {start} AND {start + goes - 1}"
        fetched = connection.execute(f"SELECT {columns} FROM {shard} WHERE {stretch}").fetchnumpy()
        named = {f.name: np.ma.getdata(fetched[f"f{at}"]) for at, f in enumerate(signature.features)}
        parts.append(scorer.answer(named))
    return np.concatenate(parts) if parts else np.empty((0, width(signature)), np.float32)


def width(signature: Signature) -> int:
    """Return how many numbers an answer has."""
    return len(signature.classes or ()) or 1


def _register(connection: duckdb.DuckDBPyConnection, answers: NDArray[np.float32]) -> None:
    columns: dict[str, NDArray[Any]] = {
        f"p{at}": np.ascontiguousarray(answers[:, at]) for at in range(answers.shape[1])
    }
    columns["finite"] = np.asarray(np.isfinite(answers).all(axis=1))
    columns["likeliest"] = answers.argmax(axis=1).astype(np.int32)
    connection.register("answers", columns)


def _write_refused(connection: duckdb.DuckDBPyConnection, source: Path, target: Path) -> None:
    connection.execute(
        f"COPY (SELECT row, [{literal(NOT_FINITE)}] AS reasons FROM {_joined(source)} WHERE NOT finite) "
        f"TO {literal(str(target.resolve()))} (FORMAT parquet)"
    )


def _write_results(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    target: Path,
    *,
    order: BatchOrder,
    signature: Signature,
) -> None:
    connection.execute(
        f"COPY (SELECT {_prediction_id(order)} AS prediction_id, row, entity, "
        f"{_interpreted(signature)} FROM {_joined(source)} WHERE finite) "
        f"TO {literal(str(target.resolve()))} (FORMAT parquet, DICTIONARY_SIZE_LIMIT {_DICTIONARY_WORDS})"
    )


def _joined(source: Path) -> str:
    shard = f"SELECT row, entity FROM read_parquet({literal(str(source.resolve()))})"
    return f"(SELECT * FROM ({shard}) POSITIONAL JOIN answers)"


def _prediction_id(order: BatchOrder) -> str:
    """Return `batch_prediction_id` as SQL; a test holds the two together.

    Of the lower half's sixteen digits, the first seven hold variant, row and two bits of the job; the other
    nine are the same for every row.
    """
    head, own = id_parts(order.job_id, started_at=order.started_at)
    varying = f"lower(to_hex(134217728 | ((row & 16777215) << 2) | {own >> 36}))"
    high = "CASE WHEN row < 16777216 THEN '000' ELSE lpad(lower(to_hex(row >> 24)), 3, '0') END"
    constant = f"{own & (1 << 36) - 1:09x}"
    return (
        f"concat({literal(head + '-7')}, {high}, '-', left({varying}, 4), '-',"
        f" right({varying}, 3), {literal(constant)})"
    )


def _interpreted(signature: Signature) -> str:
    """Return the columns ``value, label, probabilities``, as `tideline.serving.answers` reads a row."""
    classes = signature.classes or ()
    if not classes:
        return "p0::DOUBLE AS value, NULL::VARCHAR AS label, NULL::STRUCT(value DOUBLE) AS probabilities"
    names = ", ".join(literal(name) for name in classes)
    index = f"CAST(p1 >= {_THRESHOLD} AS INTEGER)" if signature.task == "binary" else "likeliest"
    return f"NULL::DOUBLE AS value, [{names}][{index} + 1] AS label, {_shares(classes)} AS probabilities"


def _shares(classes: Sequence[str]) -> str:
    """Return a field for each class: a map is written ten times as slowly.

    Names of fields that differ only in upper and lower case are one to DuckDB, and none may be empty.
    """
    shares = [f"p{at}::DOUBLE" for at in range(len(classes))]
    if all(classes) and len({name.casefold() for name in classes}) == len(classes):
        pairs = zip(classes, shares, strict=True)
        return "{" + ", ".join(f"{literal(name)}: {share}" for name, share in pairs) + "}"
    return f"MAP([{', '.join(map(literal, classes))}], [{', '.join(shares)}])"
