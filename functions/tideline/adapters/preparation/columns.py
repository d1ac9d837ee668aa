"""The columns of the rows in use: tables ``train`` and ``holdout``, in order of arrival, and their arrays.

Arrays leave DuckDB a group of columns at a time, so that memory stays bounded by the arrays that are
written.
"""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.adapters.preparation.row_sql import literal
from tideline.adapters.preparation.source import Columns
from tideline.domain.encoding import MAX_VOCABULARY, Encoding, FeatureEncoding
from tideline.domain.training.profile import MAX_COUNTED_VALUES, CategoryProfile, profile_categories
from tideline.domain.training.training_needs import Side

# Longer texts are no categories. None is in a vocabulary, so that every model takes them for unseen; in the
# holdout they are cut to one character more, which no vocabulary has either.
MAX_CATEGORY_LENGTH = 256
_GROUP_BYTES = 64_000_000
_FLOAT32_BYTES = 4


def gather_columns(connection: Any) -> None:
    """Create ``train`` and ``holdout`` from ``source`` and ``sides``."""
    for table, chosen in (("train", f"side < {Side.HOLDOUT:d}"), ("holdout", f"side = {Side.HOLDOUT:d}")):
        connection.execute(
            f"CREATE TABLE {table} AS SELECT s.id, s.side, source.* EXCLUDE (batch, pos)"
            f" FROM source JOIN sides s USING (pos) WHERE {chosen} ORDER BY pos"
        )


def vocabulary(connection: Any, column: str) -> tuple[str, ...]:
    """Return a category's values in training rows: most frequent first, equals in the order of their text."""
    return tuple(_frequent(connection, column, limit=MAX_VOCABULARY))


def profile_category(connection: Any, column: str) -> CategoryProfile:
    """Describe a column of texts over the training rows."""
    count, present, distinct = connection.execute(
        f"SELECT count(*), count({column}), count(DISTINCT {column}) FROM train"
    ).fetchone()
    top = _frequent(connection, column, limit=MAX_COUNTED_VALUES)
    return profile_categories(top, count=count, missing=count - present, distinct=distinct)


def encoded(
    connection: Any, table: str, *, encoding: Encoding, columns: Columns
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield each feature's index and its column of numbers or codes, shape ``(n,)``; NaN is missing."""
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    step = max(1, _GROUP_BYTES // max(1, rows * _FLOAT32_BYTES))
    places = list(enumerate(encoding.features))
    for start in range(0, len(places), step):
        group = places[start : start + step]
        values = [f"{_code(connection, feature, columns)} AS v{index}" for index, feature in group]
        fetched = fetch(connection, f"SELECT {', '.join(values)} FROM {table}")
        for index, _ in group:
            yield index, fetched.pop(f"v{index}")


def targets(connection: Any, table: str, encoding: Encoding) -> NDArray[np.float32]:
    """Return the target: a number, or the index of its class."""
    if encoding.task == "regression":
        target = "y"
    elif encoding.task == "binary":
        # What is not positive is negative: there may be several such labels.
        target = f"CAST(y = {literal(encoding.classes[1])} AS FLOAT)"
    else:
        target = _index("y", encoding.classes, connection, name="classes")
    return fetch(connection, f"SELECT {target} AS y FROM {table}")["y"]


def raw_text(connection: Any, table: str, column: str) -> NDArray[np.str_]:
    """Return a column of texts as they are, missing ones empty."""
    shown = f"coalesce(left({column}, {MAX_CATEGORY_LENGTH + 1}), '')"
    values = fetch(connection, f"SELECT {shown} AS v FROM {table}")["v"]
    return values.astype(f"<U{max(1, max(map(len, values), default=1))}")


def fetch(connection: Any, query: str) -> dict[str, NDArray[Any]]:
    """Return a query's columns, none of which may hold NULL, as arrays."""
    return {name: np.ma.getdata(array) for name, array in connection.execute(query).fetchnumpy().items()}


def _frequent(connection: Any, column: str, *, limit: int) -> dict[str, int]:
    rows = connection.execute(
        f"SELECT {column}, count(*) AS n FROM train"
        f" WHERE length({column}) <= {MAX_CATEGORY_LENGTH} GROUP BY {column}"
        f" ORDER BY n DESC, {column} LIMIT {limit}"
    ).fetchall()
    return dict(rows)


def _code(connection: Any, feature: FeatureEncoding, columns: Columns) -> str:
    column = columns.alias(feature.name, feature.type)
    value = (
        column
        if feature.type == "number"
        else _index(column, feature.vocabulary, connection, name=f"vocabulary_{column}")
    )
    return f"coalesce({value}, 'nan'::FLOAT)"


def _index(column: str, values: Sequence[str], connection: Any, *, name: str) -> str:
    """Return the place of a column's text among `values`, NULL where it is none of them."""
    if not values:
        return "NULL::FLOAT"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT unnest(?) AS value", [list(values)])
    connection.execute(f"DROP TYPE IF EXISTS {name}_type")
    connection.execute(f"CREATE TYPE {name}_type AS ENUM (SELECT value FROM {name})")
    return f"CAST(enum_code(TRY_CAST({column} AS {name}_type)) AS FLOAT)"
