"""A file whose layout is understood, as SQL: the same for CSV, JSON Lines and Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tideline.domain.intake.canonical_file import RowFault

REJECTS = "reject_errors"
REJECT_SCANS = "reject_scans"


@dataclass(frozen=True)
class Cell:
    """How one of the spec's columns is read, as expressions over a table's raw columns.

    Attributes:
        missing: True where the row has no value.
        text: The value as text: as written, ``true``/``false``, whole numbers without a point.
        number: The value as DOUBLE, NULL where it is no number.
        time: The value as TIMESTAMP in UTC, NULL where it is no time.
        faults: Faults that the value has whatever it is for, with their conditions.
    """

    missing: str
    text: str
    number: str
    time: str
    faults: tuple[tuple[RowFault, str], ...] = ()


ABSENT = Cell(missing="true", text="NULL::VARCHAR", number="NULL::DOUBLE", time="NULL::TIMESTAMP")


@dataclass(frozen=True)
class StrayRow:
    """A row that the parser could not take apart.

    Attributes:
        row: Data row, counted from 1.
        fault: What is wrong with it.
        offset: Where its line begins in the text, in bytes.
    """

    row: int
    fault: RowFault
    offset: int


@dataclass(frozen=True)
class Table:
    """An opened file.

    Attributes:
        relation: What stands in FROM.
        cells: By the spec's column names, in the spec's order.
        raw: Every column as it was read, as text: its name in the file, and the expression.
        row_faults: Faults of a row as a whole, with their conditions.
        extra_columns: Names that the spec does not have.
        lines: Lines below the header; as many rows as the file has where no row runs over several lines.
        text: The text that is parsed, None for Parquet.
        listing: What stands in FROM to have the rows that the parser cannot take apart listed in the table
            `REJECTS`, and to read on where a quote is broken.
        stray_fault: What is wrong with such a row, where the parser's own word would mislead.
        header_lines: Lines that the parser counts before the first row.
        quotes: Whether one row may run over several lines.
    """

    relation: str
    cells: Mapping[str, Cell]
    raw: tuple[tuple[str, str], ...]
    lines: int
    extra_columns: tuple[str, ...] = ()
    row_faults: tuple[tuple[RowFault, str], ...] = ()
    text: Path | None = None
    listing: str | None = None
    stray_fault: RowFault | None = None
    header_lines: int = 0
    quotes: bool = False
