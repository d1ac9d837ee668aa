"""What reading a dropped file can end in: the canonical file, faults of rows, reasons against the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

# A category is compared as text and becomes a word of a vocabulary: longer ones are notes, not categories.
MAX_TEXT = 1_000
# Trainers and the artifact compute in float32: beyond this a number would turn into infinity there.
MAX_NUMBER = 3.4028234663852886e38


class RejectReason(StrEnum):
    """Why a dropped object as a whole cannot be used; the values are stable names."""

    EMPTY = "empty"
    NO_ROWS = "no_rows"
    NOT_TEXT = "not_text"
    ENCODING = "encoding"
    WRONG_DELIMITER = "wrong_delimiter"
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    EMPTY_COLUMN_NAME = "empty_column_name"
    WRONG_TYPE = "wrong_type"
    TOO_LONG_LINE = "too_long_line"
    TOO_MANY_COLUMNS = "too_many_columns"
    BROKEN_QUOTE = "broken_quote"
    TRUNCATED = "truncated"
    NOT_WHAT_ITS_NAME_SAYS = "not_what_its_name_says"
    UNSUPPORTED_FORMAT = "unsupported_format"
    EXPANDS_TOO_MUCH = "expands_too_much"
    TOO_LARGE = "too_large"
    NO_TARGET = "no_target"
    TOO_MANY_BAD_ROWS = "too_many_bad_rows"
    UNREADABLE = "unreadable"
    UNKNOWN_MODEL = "unknown_model"
    NO_VALID_SPEC = "no_valid_spec"
    UNKNOWN_AREA = "unknown_area"
    DELETED_BEFORE_READ = "deleted_before_read"
    NO_LIVE_VERSION = "no_live_version"
    JOB_FAILED = "job_failed"


class RowFault(StrEnum):
    """What can be wrong with one row; the values are what people read."""

    MISSING = "missing"
    NOT_A_NUMBER = "not a number"
    NOT_FINITE = "not a finite number"
    NUMBER_TOO_LARGE = "number beyond 3.4e38"
    BELOW_MIN = "below min"
    ABOVE_MAX = "above max"
    NOT_ALLOWED = "not an allowed value"
    TOO_LONG = f"longer than {MAX_TEXT:,} characters"
    NUL_CHARACTER = "a NUL character"
    NOT_A_TIME = "not a time"
    NESTED = "a nested value"
    THIRD_LABEL = "a third label"
    DUPLICATE = "duplicate"
    CONFLICT = "duplicate key with other values"
    TOO_FEW_CELLS = "too few cells"
    TOO_MANY_CELLS = "too many cells"
    BROKEN_QUOTE = "broken quote"
    NOT_AN_OBJECT = "not a JSON object"
    REPEATED_KEY = "a key written twice"
    FROM_THE_FUTURE = "a time in the future"
    NOBODY_NAMED = "names no prediction and no entity"

    @property
    def code(self) -> int:
        """A small number for this fault, from 1; 0 means that nothing is wrong."""
        return list(RowFault).index(self) + 1


# Where a fault is of the row as a whole, it is listed under this name.
WHOLE_ROW = "row"


@dataclass(frozen=True)
class CanonicalFile:
    """A dropped file as Tideline keeps it: the rows that are right, and what was wrong with the others.

    Attributes:
        parquet: The accepted rows in file order, with the spec's columns in the spec's order.
        sha256: Of the Parquet bytes.
        size_bytes: Of the Parquet file.
        rows: Accepted rows, those in `parquet`; the dropped file had `rows + bad_rows`.
        bad_rows: Rows that are not in `parquet`.
        faults: Rows by fault, such as ``"age: below min 0"``; a row may have several. Most frequent first.
        rejects: CSV of the bad rows as they were read, with ``_row`` (data row, counted from 1, blank lines
            and the header not counted) and ``_reasons``; None where every row was accepted.
        extra_columns: Columns of the file that the spec does not name.
        format: Of the bytes, not the name: ``csv``, ``jsonl`` or ``parquet``, with ``.gz`` or ``.zst``.
    """

    parquet: Path
    sha256: str
    size_bytes: int
    rows: int
    bad_rows: int
    faults: Mapping[str, int]
    rejects: Path | None
    extra_columns: tuple[str, ...]
    format: str


def name_fault(column: str, fault: RowFault, *, bound: float | None = None) -> str:
    """Return how a fault is listed, such as ``age: below min 0``."""
    return f"{column}: {fault}" if bound is None else f"{column}: {fault} {bound:.15g}"


def too_many_bad_rows(
    *, bad: int, total: int, allowed: float, examples: Sequence[tuple[str, int, int]]
) -> str:
    """Return the message for a file with more bad rows than the spec tolerates.

    Args:
        bad: Bad rows.
        total: All rows.
        allowed: Share of bad rows that is tolerated, inclusive.
        examples: Fault, its number of rows, and the first of them; most frequent first.
    """
    shown = "; ".join(f"{name} ({count:,} rows, first row {row:,})" for name, count, row in examples[:5])
    more = f"; and {len(examples) - 5} other faults" if len(examples) > 5 else ""  # noqa: PLR2004
    repeats = any(f": {RowFault.CONFLICT}" in name for name, _, _ in examples)
    hint = (
        ". If an entity may have several rows, name the column that orders them as `time`" if repeats else ""
    )
    return (
        f"{bad:,} of {total:,} rows are bad, more than the {allowed:.4g} that training.bad_rows allows:"
        f" {shown}{more}{hint}"
    )
