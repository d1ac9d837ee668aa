"""What only shows once all rows are seen: entities that occur twice, and a third label of a binary target."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tideline.adapters.intake.checks import Rule
from tideline.adapters.intake.sql import identifier, literal
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import RowFault


def no_late_faults(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `late` and leave it empty: where rows are judged one by one."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE late (kept BIGINT, place USMALLINT, code UTINYINT, first_kept BIGINT)"
    )


def find_late_faults(
    connection: duckdb.DuckDBPyConnection, accepted: Path, spec: ModelSpec, rules: tuple[Rule, ...]
) -> int:
    """Fill the table `late` and return how many rows of `accepted` it names.

    Its columns: `kept`, the row in `accepted` counted from 1; `place` of the column among the rules, from 1;
    `code` of the fault; `first_kept`, the row that it repeats. Of rows with one key the first is kept.
    """
    no_late_faults(connection)
    relation = f"read_parquet({literal(str(accepted))}, file_row_number = true)"
    names = [rule.name for rule in rules]
    if spec.entity is not None:
        keys = [identifier(name) for name in (spec.entity, spec.time) if name]
        place = names.index(spec.entity) + 1
        _find_repeated(connection, relation, keys, [identifier(name) for name in names], place)
    if spec.task == "binary" and spec.positive is None:
        _find_third_labels(connection, relation, identifier(spec.target), names.index(spec.target) + 1)
    found = connection.execute("SELECT count(DISTINCT kept) FROM late").fetchone()
    return int(found[0]) if found else 0


def _find_repeated(
    connection: duckdb.DuckDBPyConnection, relation: str, keys: list[str], columns: list[str], place: int
) -> None:
    """List rows whose key has been before; hashes first, so that a file without any costs little memory."""
    key = ", ".join(keys)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT h FROM (SELECT hash({key}) AS h FROM {relation}) "  # noqa: S608
        "GROUP BY h HAVING count(*) > 1"
    )
    found = connection.execute("SELECT count(*) FROM repeated").fetchone()
    if not found or not found[0]:
        return
    connection.execute(
        f"""
        INSERT INTO late
        SELECT kept, {place}, CASE WHEN content = first_content THEN {RowFault.DUPLICATE.code}
               ELSE {RowFault.CONFLICT.code} END, first_kept
        FROM (
          SELECT kept, content, first_value(kept) OVER same AS first_kept,
                 first_value(content) OVER same AS first_content
          FROM (
            SELECT file_row_number + 1 AS kept, hash({", ".join(columns)}) AS content, {key}
            FROM {relation} WHERE hash({key}) IN (SELECT h FROM repeated)
          )
          WINDOW same AS (PARTITION BY {key} ORDER BY kept)
        )
        WHERE kept > first_kept
        """  # noqa: S608 quoted by sql.py
    )


def _find_third_labels(connection: duckdb.DuckDBPyConnection, relation: str, target: str, place: int) -> None:
    """List rows with other labels than the two most frequent; the earlier label wins a tie."""
    connection.execute(
        f"""
        INSERT INTO late
        SELECT file_row_number + 1, {place}, {RowFault.THIRD_LABEL.code}, NULL
        FROM {relation}
        WHERE {target} NOT IN (
          SELECT label FROM (
            SELECT {target} AS label, count(*) AS rows, min(file_row_number) AS first
            FROM {relation} GROUP BY label ORDER BY rows DESC, first LIMIT 2
          )
        )
        """  # noqa: S608 quoted by sql.py
    )
