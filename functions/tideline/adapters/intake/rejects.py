"""Writing bad rows down as they were read, each with its number and everything that is wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tideline.adapters.intake.bad_rows import BadRow
from tideline.adapters.intake.limits import MAX_LINE_BYTES
from tideline.adapters.intake.table import Table

# The list of bad rows is for eyes and spreadsheets; a longer cell is cut off here, in characters.
MAX_SHOWN = 10_000
# Cells beyond the last column stand here, so that a row that is too long is still shown whole.
SURPLUS = "_surplus"


def write_rejects(rows: Iterable[BadRow], table: Table, target: Path) -> Path:
    """Write a CSV with the file's own columns, `_surplus`, `_row` and `_reasons`."""
    names = [name for name, _ in table.raw]
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*names, SURPLUS, "_row", "_reasons"])
        if table.text is None:
            writer.writerows(_line(bad, bad.cells or [], names) for bad in rows)
            return target
        with table.text.open("rb") as text:
            writer.writerows(_line(bad, _cells(bad, text, names), names) for bad in rows)
    return target


def _cells(bad: BadRow, text: BinaryIO, names: list[str]) -> list[str | None]:
    if bad.offset is None:
        return bad.cells or []
    text.seek(bad.offset)
    line = text.readline(MAX_LINE_BYTES).decode("utf-8", errors="replace").rstrip("\n")
    if len(names) == 1:
        return [line]
    return list(line.split(","))


def _line(bad: BadRow, cells: list[str | None], names: list[str]) -> list[object]:
    width = len(names)
    own = [cell and cell[:MAX_SHOWN] for cell in cells[:width]]
    own += [None] * (width - len(cells))
    surplus = ",".join(cell or "" for cell in cells[width:])[:MAX_SHOWN]
    return [*own, surplus, bad.row, "; ".join(bad.reasons)]
