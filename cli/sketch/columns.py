"""What the columns of a data file look like, counted by DuckDB over the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cli.errors import UsageFault

# As many different values are listed; more make no set of categories to write down.
MAX_LISTED = 100
_SUFFIXES = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}
_PACKED = (".gz", ".zst")
# As intake reads a number: DuckDB itself would take 1_000, too.
_NUMBER = "CASE WHEN NOT contains({0}, '_') THEN TRY_CAST({0} AS DOUBLE) END"
_TIME = "CASE WHEN regexp_matches({0}, '^[0-9]{{4}}-') THEN TRY_CAST({0} AS TIMESTAMPTZ) END"


@dataclass(frozen=True)
class Column:
    """One column; every count leaves the missing values out.

    Attributes:
        missing: Rows without a value; an empty text is none.
        distinct: Different values.
        numbers: Rows that hold a finite number.
        whole: Rows that hold a whole number.
        times: Rows that hold an ISO 8601 time.
        longest: Characters of the longest value.
        values: Values with their rows, most frequent first; empty where there are more than `MAX_LISTED`.
        targets_per_value: Most different targets that one value goes with.
        values_per_target: Most different values that one target goes with.
        same_as_target: Whether each row holds its target's very value.
        counts_rows: Whether the values are a row of whole numbers without a gap, each once.
    """

    name: str
    rows: int
    missing: int
    distinct: int
    numbers: int
    whole: int
    times: int
    longest: int
    values: tuple[tuple[str, int], ...]
    targets_per_value: int
    values_per_target: int
    same_as_target: bool
    counts_rows: bool

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def is_number(self) -> bool:
        """Whether every value is a number."""
        return 0 < self.present == self.numbers

    @property
    def is_time(self) -> bool:
        """Whether every value is a time."""
        return 0 < self.present == self.times


def read_columns(path: Path, *, target: str) -> tuple[Column, ...]:
    """Return every column of a file, in its order.

    Raises:
        UsageFault: the file cannot be read, or has no such target.
    """
    with opened(path) as (connection, names):
        if target not in names:
            raise UsageFault(f"{path.name} has no column {target!r}; it has {', '.join(names)}")
        return tuple(_column(connection, name, target=target) for name in names)


def distinct_pairs(path: Path, first: str, second: str) -> int:
    """Return how many different pairs of values two columns hold."""
    with opened(path) as (connection, _):
        answer = connection.execute(
            f"SELECT count(*) FROM (SELECT DISTINCT {_quoted(first)}, {_quoted(second)} FROM rows)"  # noqa: S608
        ).fetchone()
        return int(answer[0]) if answer else 0


@contextmanager
def opened(path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[str]]]:
    """Open a file as the view `rows`, every cell a text or NULL."""
    if not path.is_file():
        raise UsageFault(f"there is no file {path}")
    with duckdb.connect() as connection:
        try:
            source = _source(path)
            found = [str(row[0]) for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
            cells = ", ".join(
                f"nullif(CAST({_quoted(name)} AS VARCHAR), '') AS {_quoted(name)}" for name in found
            )
            connection.execute(f"CREATE TABLE rows AS SELECT {cells} FROM {source}")  # noqa: S608
        except duckdb.Error as exc:
            reason = str(exc).splitlines()[0]
            raise UsageFault(f"{path} cannot be read as {_kind(path)}: {reason}") from exc
        _check(connection, path, found)
        yield connection, found


def _check(connection: duckdb.DuckDBPyConnection, path: Path, names: list[str]) -> None:
    answer = connection.execute("SELECT count(*) FROM rows").fetchone()
    if not answer or not answer[0]:
        raise UsageFault(f"{path} has no rows")
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise UsageFault(f"the columns of {path.name} are not separated by commas: write them with commas")


def _kind(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _SUFFIXES.get(suffixes[-1] if suffixes else "", "csv")


def _source(path: Path) -> str:
    name = "'" + str(path).replace("'", "''") + "'"
    if _kind(path) == "parquet":
        return f"read_parquet({name})"
    if _kind(path) == "json":
        return f"read_json({name}, format = 'newline_delimited')"
    return f"read_csv({name}, delim = ',', quote = '\"', header = true, all_varchar = true)"


def _column(connection: duckdb.DuckDBPyConnection, name: str, *, target: str) -> Column:
    this, goal = _quoted(name), _quoted(target)
    number, time = _NUMBER.format(this), _TIME.format(this)
    counts = connection.execute(
        f"""SELECT count(*), count(*) - count({this}), count(DISTINCT {this}),
        count(*) FILTER (isfinite({number})),
        count(*) FILTER (isfinite({number}) AND {number} = trunc({number})),
        count({time}), coalesce(max(length({this})), 0),
        coalesce(bool_and({this} IS NOT DISTINCT FROM {goal}), false),
        coalesce(max({number}) - min({number}) + 1 = count(*), false) FROM rows"""  # noqa: S608
    ).fetchall()[0]
    rows, missing, distinct, numbers, whole, times, longest, same, gapless = counts
    return Column(
        name=name,
        rows=rows,
        missing=missing,
        distinct=distinct,
        numbers=numbers,
        whole=whole,
        times=times,
        longest=longest,
        values=_values(connection, this, distinct=distinct),
        targets_per_value=_most(connection, goal, per=this),
        values_per_target=_most(connection, this, per=goal),
        same_as_target=bool(same),
        counts_rows=bool(gapless) and whole == distinct == rows,
    )


def _values(
    connection: duckdb.DuckDBPyConnection, this: str, *, distinct: int
) -> tuple[tuple[str, int], ...]:
    if distinct > MAX_LISTED:
        return ()
    rows = connection.execute(
        f"SELECT {this}, count(*) FROM rows WHERE {this} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
    ).fetchall()
    return tuple((str(value), int(number)) for value, number in rows)


def _most(connection: duckdb.DuckDBPyConnection, counted: str, *, per: str) -> int:
    answer = connection.execute(
        f"SELECT coalesce(max(n), 0) FROM (SELECT count(DISTINCT {counted}) AS n FROM rows"  # noqa: S608
        f" WHERE {per} IS NOT NULL GROUP BY {per})"
    ).fetchone()
    return int(answer[0]) if answer else 0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
