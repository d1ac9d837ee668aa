"""The rows of all batches as one view, ``source``, each value in the type that the spec gives it.

Columns: ``batch``; ``pos``, a row's place in the order of arrival; ``y``, the target; and one ``c<i>`` for
every column that is a feature, an audit column, an entity, a time or part of a hash.
"""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tideline.adapters.preparation.row_sql import literal, typed
from tideline.domain.contract.spec import RESERVED_PREFIX, ModelSpec
from tideline.domain.training.holdout import FrozenHoldout, HashRule
from tideline.domain.training.row_hash import KeyColumn, KeyType
from tideline.errors import TrainingImpossible

# A batch has fewer rows than this: a row's place is batch * 2**40 + its number in the file.
_ROWS_BITS = 40
_FILE = f"{RESERVED_PREFIX}file"
# DuckDB's virtual column; a real one of that name would hide it.
_ROW_NUMBER = "file_row_number"


@dataclass(frozen=True)
class Columns:
    """Where each column of interest stands in the view."""

    aliases: Mapping[tuple[str, KeyType], str]

    def alias(self, name: str, kind: KeyType) -> str:
        """Return the view's name for a column read as a type."""
        return self.aliases[name, kind]

    def keyed(self, columns: Iterable[KeyColumn]) -> list[tuple[str, KeyType]]:
        """Return columns as `row_sql.digest` takes them."""
        return [(self.alias(c.name, c.type), c.type) for c in columns]


def create_source(
    connection: Any, files: Mapping[int, Path], *, spec: ModelSpec, holdout: FrozenHoldout
) -> Columns:
    """Create the view.

    Args:
        connection: A DuckDB connection.
        files: Parquet files by batch number; each is named after it.
        spec: Says which columns there are, and their types.
        holdout: Whose rules may need columns that the spec no longer has.

    Raises:
        TrainingImpossible: if no batch has the target, or a column's name is one that DuckDB needs.
    """
    parquet = _parquet(files.values())
    present = _present(connection, parquet)
    if spec.target.lower() not in present:
        raise TrainingImpossible(f"no batch has the target {spec.target!r}: drop data that has it")
    if _ROW_NUMBER in present:
        raise TrainingImpossible(f"a column cannot be named {_ROW_NUMBER!r}: rename it")
    wanted = _wanted(spec, holdout)
    values = [f"{typed(column, present=present)} AS c{index}" for index, column in enumerate(wanted)]
    target = KeyColumn(name=spec.target, type="number" if spec.task == "regression" else "category")
    batch = f"CAST(parse_filename({_FILE}, true) AS BIGINT)"
    connection.execute(
        f"CREATE VIEW source AS SELECT {batch} AS batch, {batch} * {1 << _ROWS_BITS} + {_ROW_NUMBER} AS pos,"
        f" {typed(target, present=present)} AS y, {', '.join(values)} FROM {parquet}"
    )
    return Columns({(column.name, column.type): f"c{index}" for index, column in enumerate(wanted)})


def _parquet(paths: Iterable[Path]) -> str:
    files = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{files}], union_by_name = true, filename = {literal(_FILE)})"


def _present(connection: Any, parquet: str) -> Mapping[str, str]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {parquet}").fetchall()
    return {str(row[0]).lower(): str(row[1]) for row in rows if row[0] != _FILE}


def _wanted(spec: ModelSpec, holdout: FrozenHoldout) -> Sequence[KeyColumn]:
    columns = [KeyColumn(name=name, type=feature.type) for name, feature in spec.features.items()]
    columns += [KeyColumn(name=name, type="category") for name in spec.audit_columns]
    if spec.entity is not None:
        columns.append(KeyColumn(name=spec.entity, type="category"))
    for rule in holdout.rules:
        columns.extend(
            rule.columns if isinstance(rule, HashRule) else [KeyColumn(name=rule.column, type="time")]
        )
    return list(dict.fromkeys(columns))
