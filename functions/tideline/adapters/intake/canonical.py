"""Writing canonical Parquet: the spec's columns, rows in file order, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tideline.adapters.intake.checks import Rule, all_right, judged
from tideline.adapters.intake.sql import identifier, literal
from tideline.adapters.intake.table import Table

# DuckDB's own row groups, made smaller for wide files: every thread holds one of them in memory.
_ROWS_A_GROUP = 122_880
_CELLS_A_GROUP = 4_000_000
_FEWEST_ROWS_A_GROUP = 2_048
# Numbers hardly repeat: a fifth of the time goes into dictionaries if DuckDB tries up to its own 24,576.
_DICTIONARY_WORDS = 4_096


def write_accepted(
    connection: duckdb.DuckDBPyConnection, table: Table, rules: tuple[Rule, ...], target: Path
) -> int:
    """Write the rows that nothing is wrong with by themselves, and return how many they are."""
    columns = ", ".join(f"v{at} AS {identifier(rule.name)}" for at, rule in enumerate(rules))
    query = f"SELECT {columns} FROM ({judged(table, rules)}) WHERE {all_right(rules)}"  # noqa: S608 quoted by sql.py
    return _copy(connection, query, target, width=len(rules))


def write_without(
    connection: duckdb.DuckDBPyConnection, source: Path, rules: tuple[Rule, ...], target: Path
) -> int:
    """Write `source` again without the rows in the table `late`, and return how many are left."""
    query = (
        f"SELECT * EXCLUDE (file_row_number) "  # noqa: S608 quoted by sql.py
        f"FROM read_parquet({literal(str(source))}, file_row_number = true) "
        "WHERE file_row_number + 1 NOT IN (SELECT kept FROM late)"
    )
    return _copy(connection, query, target, width=len(rules))


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path, *, width: int) -> int:
    rows = max(_FEWEST_ROWS_A_GROUP, min(_ROWS_A_GROUP, _CELLS_A_GROUP // width))
    found = connection.execute(
        f"COPY ({query}) TO {literal(str(target))} "
        f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {rows}, "
        f"DICTIONARY_SIZE_LIMIT {_DICTIONARY_WORDS})"
    ).fetchone()
    return int(found[0]) if found else 0
