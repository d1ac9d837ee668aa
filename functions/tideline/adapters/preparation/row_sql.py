"""SQL expressions for typed values and for the hash that `tideline.domain.training.row_hash` defines.

Values of users reach DuckDB as data only; names and texts that become part of a statement are quoted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tideline.domain.training.row_hash import ONE_FIFTH, KeyColumn, KeyType

_SQL_TYPES: dict[KeyType, str] = {"number": "FLOAT", "category": "VARCHAR", "time": "BIGINT"}


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"


def typed(column: KeyColumn, *, present: Mapping[str, str]) -> str:
    """Return a column's values: FLOAT, VARCHAR, or for a time BIGINT microseconds; NULL is missing.

    What does not fit the type is missing too: numbers beyond float32, the empty text, and what an older spec
    read as another type. Intake lets no infinite number through; a text may still spell one.

    Args:
        column: Name and type.
        present: SQL type by name, in small letters, of the columns that any batch has.
    """
    found = present.get(column.name.lower())
    if found is None:
        return f"CAST(NULL AS {_SQL_TYPES[column.type]})"
    name = identifier(column.name)
    if column.type == "number":
        # Adding zero makes the two zeros one. Named once where it can be: DuckDB plans in quadratic time.
        number = f"TRY_CAST({name} AS FLOAT) + 0.0::FLOAT"
        return number if found == "DOUBLE" else f"CASE WHEN isfinite({number}) THEN {number} END"
    if column.type == "time":
        return f"epoch_us(TRY_CAST({name} AS TIMESTAMP))"
    return f"nullif(CAST({name} AS VARCHAR), '')"


def digest(values: Sequence[tuple[str, KeyType]]) -> str:
    """Return `row_digest` of typed values, each an expression and its type."""
    return f"sha256(concat({', '.join(_canonical(value, kind) for value, kind in values)}))"


def decides_to_hold_out(digest_sql: str) -> str:
    """Return `is_held_out` of a digest."""
    return f"substr({digest_sql}, 1, 8) < '{ONE_FIFTH}'"


def decides_to_validate(digest_sql: str) -> str:
    """Return `is_validation` of a digest."""
    return f"substr({digest_sql}, 9, 8) < '{ONE_FIFTH}'"


def row_id(digest_sql: str) -> str:
    """Return `row_id` of a digest, as UBIGINT."""
    return f"CAST('0x' || substr({digest_sql}, 17, 16) AS UBIGINT)"


def _canonical(value: str, kind: KeyType) -> str:
    if kind == "number":
        return f"coalesce('n' || hex(CAST(CAST({value} AS BIT) AS BLOB)), '-')"
    if kind == "time":
        return f"coalesce('t' || {value} || ';', '-')"
    return f"coalesce('s' || strlen({value}) || ':' || {value}, '-')"
