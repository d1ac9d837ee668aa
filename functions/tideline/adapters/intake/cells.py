"""Expressions that turn text and numbers into what a column needs, shared by the layouts."""

from __future__ import annotations

from tideline.adapters.intake.table import Cell

# Epoch numbers are told apart by their size: seconds, milli-, micro- or nanoseconds since 1970. Taken from
# 1990 to about 2286, so that 20240131 and 202401311200, dates without separators, are not mistaken for one.
_EPOCH_FROM = 631_152_000
_EPOCH_TO = 10_000_000_000
_EPOCH_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)


def text_cell(text: str) -> Cell:
    """Return how a text is read, empty text being a missing value."""
    return Cell(missing=f"coalesce({text}, '') = ''", text=text, number=as_number(text), time=as_time(text))


def as_number(text: str) -> str:
    """Return the DOUBLE that a text spells, else NULL; DuckDB itself would take ``1_000``, too."""
    return f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({text} AS DOUBLE) END"


def as_time(text: str) -> str:
    """Return the TIMESTAMP in UTC that an ISO 8601 text or an epoch number in text spells, else NULL."""
    iso = (
        f"CASE WHEN regexp_matches({text}, '^\\s*[0-9]{{4}}-') "
        f"THEN {in_range(f'TRY_CAST(TRY_CAST(trim({text}) AS TIMESTAMPTZ) AS TIMESTAMP)')} END"
    )
    return f"coalesce({iso}, {epoch(as_number(text))})"


def in_range(time: str) -> str:
    """Return a TIMESTAMP, NULL outside the years 1 to 9999."""
    return (
        f"CASE WHEN ({time}) BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' "
        f"THEN ({time}) END"
    )


def epoch(number: str) -> str:
    """Return the TIMESTAMP of a number since 1970, its unit told by its size, else NULL."""
    branches = " ".join(
        f"WHEN ({number}) >= {_EPOCH_FROM * unit} AND ({number}) < {min(_EPOCH_TO * unit, 2**63)} "
        f"THEN make_timestamp(CAST(round(({number}) * 1e6 / {unit}) AS BIGINT))"
        for unit in _EPOCH_UNITS
    )
    return f"CASE {branches} END"


def spell_number(number: str) -> str:
    """Return a DOUBLE as text: whole numbers without a point, others as short as is exact."""
    return (
        f"CASE WHEN abs({number}) < 1e15 AND ({number}) = trunc({number}) "
        f"THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
    )
