"""Opening CSV: commas, double quotes, UTF-8, names in the first line."""

from __future__ import annotations

import csv
from pathlib import Path

from tideline.adapters.intake.cells import text_cell
from tideline.adapters.intake.columns import check_names, check_present, extras
from tideline.adapters.intake.csv_reading import read_csv
from tideline.adapters.intake.limits import MAX_COLUMNS, MAX_LINE_BYTES
from tideline.adapters.intake.table import ABSENT, Table
from tideline.adapters.intake.text import scan_text
from tideline.adapters.intake.tidying import tidy_text
from tideline.adapters.intake.wanted import Wanted
from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

_OTHER_DELIMITERS = {";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}


def open_csv(path: Path, *, wanted: Wanted, workdir: Path) -> Table:
    """Return a CSV file as a table.

    Raises:
        FileRejected: not text, no rows, or a header without what is wanted.
    """
    _check_width(path)
    scan = scan_text(path, delimiter=b",")
    if scan.untidy:
        path = tidy_text(path, workdir / "tidy")
        scan = scan_text(path, delimiter=b",")
    names, header_lines = _header(path, ",")
    _check_delimiter(path, names, wanted)
    check_names(names)
    check_present(names, wanted.demanded, wanted)
    if scan.lines <= header_lines:
        raise FileRejected(RejectReason.NO_ROWS, "the file has a header and no rows")
    columns = [f"c{place}" for place in range(len(names))]
    reading, listing = (
        read_csv(path, columns, header=True, delimiter=",", quote='"', lists=lists) for lists in (False, True)
    )
    return Table(
        relation=reading,
        listing=listing,
        cells={
            name: text_cell(columns[names.index(name)]) if name in names else ABSENT
            for name in wanted.columns
        },
        raw=tuple(zip(names, columns, strict=True)),
        lines=scan.lines - header_lines,
        extra_columns=extras(names, wanted),
        text=path,
        header_lines=1,
        quotes=scan.quotes,
    )


def _check_width(path: Path) -> None:
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES)
    width = max(first.count(mark.encode()) for mark in (",", *_OTHER_DELIMITERS)) + 1
    if width > MAX_COLUMNS:
        check_names([""] * width)


def _header(path: Path, delimiter: str) -> tuple[list[str], int]:
    """Return the names in the first record, spaces around them dropped, and how many lines it takes."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            names = next(reader)
        except (csv.Error, StopIteration) as exc:
            raise FileRejected(
                RejectReason.BROKEN_QUOTE, f"the header cannot be read: {exc or 'it is empty'}", row=1
            ) from exc
        return [name.strip() for name in names], reader.line_num


def _check_delimiter(path: Path, names: list[str], wanted: Wanted) -> None:
    found = len(set(names) & set(wanted.columns))
    if found == len(wanted.columns):
        return
    for delimiter, spelled in _OTHER_DELIMITERS.items():
        other, _ = _header(path, delimiter)
        if len(set(other) & set(wanted.columns)) > found:
            raise FileRejected(
                RejectReason.WRONG_DELIMITER,
                f"the columns are separated by {spelled}; a comma is expected: write the file with commas"
                " (pandas: to_csv(..., sep=','))",
            )
