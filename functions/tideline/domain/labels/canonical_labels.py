"""What reading a file of labels ends in: the labels, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tideline.domain.labels.label_span import Span, joined_span
from tideline.domain.value import Value

# Columns of a file of labels in the lake, and their DuckDB types. A label names its prediction by id, or else
# by entity as of a time; the others are NULL. `label` is of a class, `number` of a regression; `time` is when
# the outcome was known, in UTC.
COLUMNS: dict[str, str] = {
    "prediction_id": "VARCHAR",
    "label": "VARCHAR",
    "number": "DOUBLE",
    "time": "TIMESTAMP",
    "entity": "VARCHAR",
    "entity_time": "TIMESTAMP",
}


class LabelsRead(Value):
    """What a receipt keeps of a file of labels.

    Attributes:
        rows: Labels that were taken; the file had `rows + bad_rows`.
        by_entity: Those of them that name an entity instead of a prediction.
        faults: Bad rows by fault; a row may have several.
        extra_columns: Columns that nobody reads.
        first: When the earliest prediction with a label may have been made; None where no id tells.
        last: And the latest.
    """

    rows: int
    bad_rows: int
    by_entity: int
    faults: dict[str, int] = {}
    extra_columns: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class CanonicalLabels:
    """A dropped file of labels as Tideline keeps it.

    Attributes:
        parquet: The labels, each once, with `COLUMNS`.
        content: SHA-256 of what was read, before it was dated.
        dated: Whether every label says itself when it was known: then told again it is the same label.
        rows: Rows that were taken.
        bad_rows: Rows that were not.
        by_entity: Rows that name an entity.
        foreign: Rows with an id that no version of ours gave.
        made: Times in the ids.
        as_of: Times as of which entities are meant.
        faults: Rows by fault, most frequent first.
        rejects: CSV of the bad rows with their reasons; None where there are none.
        extra_columns: Columns that nobody reads.
    """

    parquet: Path
    content: str
    dated: bool
    rows: int
    bad_rows: int
    by_entity: int
    foreign: int
    made: Span | None
    as_of: Span | None
    faults: Mapping[str, int]
    rejects: Path | None
    extra_columns: tuple[str, ...]

    @property
    def span(self) -> Span | None:
        """Moments of the labels; None where they may be any."""
        return None if self.foreign else joined_span(self.made, self.as_of)

    def told(self, *, horizon: timedelta) -> LabelsRead:
        """Return what the receipt keeps.

        Args:
            horizon: How long after a prediction its outcome may come.
        """
        asked = joined_span(self.made, _predicted(self.as_of, horizon))
        return LabelsRead(
            rows=self.rows,
            bad_rows=self.bad_rows,
            by_entity=self.by_entity,
            faults=dict(self.faults),
            extra_columns=self.extra_columns,
            first=asked.first if asked else None,
            last=asked.last if asked else None,
        )


def _predicted(as_of: Span | None, horizon: timedelta) -> Span | None:
    """Return when predictions about entities as of some times may have been made."""
    if as_of is None:
        return None
    earliest = datetime.min.replace(tzinfo=as_of.first.tzinfo)
    return Span(as_of.first - min(horizon, as_of.first - earliest), as_of.last)
