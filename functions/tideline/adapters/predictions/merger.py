"""Merges Parquet files of the prediction log, in bounded memory whatever they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from tideline.adapters.intake.sql import listed, literal
from tideline.adapters.predictions.session import session
from tideline.adapters.predictions.writer import SORTED, copy
from tideline.domain.prediction_log import COLUMNS
from tideline.domain.prediction_rows import Identity, content_name

_AT_ONCE = 10_000


class DuckDbPredictionMerger:
    """`tideline.ports.PredictionMerger`."""

    def __init__(self, *, memory_mb: int) -> None:
        self._memory_mb = memory_mb

    def merge(self, sources: Sequence[Path], path: Path) -> str:
        with session(workdir=path.parent, memory_mb=self._memory_mb) as connection:
            copy(connection, _select(sources), path)
            return content_name(_identities(connection, path))


def _select(sources: Sequence[Path]) -> str:
    """Return the query for the rows of files, each once.

    The empty table in front gives every file today's columns: those that it lacks are NULL, and those that
    only a newer edition knows stay.
    """
    columns = listed(f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    files = ", ".join(literal(str(source)) for source in sources)
    # A window spills to disk, which an aggregate over maps would not.
    return f"""FROM (
  SELECT {columns} WHERE false
  UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)
)
QUALIFY row_number() OVER (PARTITION BY prediction_id, version ORDER BY time) = 1
{SORTED}"""  # noqa: S608 - names of the contract, and paths of our own, quoted


def _identities(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[Identity]:
    source = literal(str(path))
    found = connection.execute(
        f"SELECT prediction_id, version FROM read_parquet({source}) ORDER BY ALL"  # noqa: S608 - our own path
    )
    while some := found.fetchmany(_AT_ONCE):
        yield from some
