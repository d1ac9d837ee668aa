"""How DuckDB is made to read text line by line and cell by cell, leaving nothing to its guesses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tideline.adapters.intake.limits import MAX_LINE_BYTES
from tideline.adapters.intake.sql import literal
from tideline.adapters.intake.table import REJECT_SCANS, REJECTS

# A row of commas is one reject a comma: what is beyond this is not worth the memory of a list.
MAX_REJECTS = 1_000_000
# Every thread holds two; DuckDB's default is four times as large. Part of what decides where row groups end.
_BUFFER_BYTES = 4 * MAX_LINE_BYTES
_LISTS = (
    f"store_rejects = true, rejects_table = {literal(REJECTS)}, rejects_scan = {literal(REJECT_SCANS)}, "
    f"rejects_limit = {MAX_REJECTS}, rejects_line_size_limit = 1"
)


def read_csv(
    path: Path, columns: Sequence[str], *, header: bool, delimiter: str, quote: str, lists: bool
) -> str:
    """Return a FROM clause that reads `path` as text columns.

    What cannot be taken apart is left out, and so is everything after a broken quote; with `lists` each such
    row is listed in `REJECTS` instead, and the rows after it are read.
    """
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({literal(str(path))}, columns = {{{types}}}, auto_detect = false, header = {header}, "
        f"delim = {literal(delimiter)}, quote = {literal(quote)}, escape = {literal(quote)}, "
        f"new_line = '\\n', nullstr = '', comment = '', strict_mode = true, "
        f"max_line_size = {MAX_LINE_BYTES}, buffer_size = {_BUFFER_BYTES}, "
        f"{_LISTS if lists else 'ignore_errors = true'})"
    )
