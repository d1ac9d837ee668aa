"""Which predictions a file of labels may be about: part of its name, so that it need not be read to know.

A label's own moment tells: the time in the prediction's id, or as of when an entity is meant. What is asked
about a period can only come from files with moments in it, or for labels by entity up to a horizon later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

# Moments that nothing tells: an id of another make could be of any prediction.
_ANY = "any"
_HOUR = "%Y%m%d%H"
_NAME = re.compile(
    r"(?P<content>[0-9a-f]{64})-(?P<object_id>[0-9a-f]{24})-(?P<first>\d{10}|any)-(?P<last>\d{10}|any)\.parquet"
)


@dataclass(frozen=True)
class Span:
    """From the first to the last of some moments, in UTC, both inclusive."""

    first: datetime
    last: datetime


def joined_span(*spans: Span | None) -> Span | None:
    """Return the span that holds all of them; None where there are none."""
    known = [span for span in spans if span is not None]
    if not known:
        return None
    return Span(min(span.first for span in known), max(span.last for span in known))


def label_file_name(content: str, object_id: str, span: Span | None) -> str:
    """Return what a file of labels is called.

    Args:
        content: SHA-256 of what was dropped, as it was read.
        object_id: Of the dropped object: without times of their own, the same labels told later are others.
        span: Moments of the labels; None where they may be any.
    """
    first, last = (_hour(span.first), _hour(span.last)) if span else (_ANY, _ANY)
    return f"{content}-{object_id}-{first}-{last}.parquet"


def dropped_as(key: str) -> str | None:
    """Return the id of the dropped object that a file of labels comes from; None for a file of other make."""
    found = _NAME.fullmatch(key.rpartition("/")[2])
    return found["object_id"] if found else None


def moments_in(key: str) -> Span | None:
    """Return from when to when a file's labels are, by its key and to the hour; None if it does not say."""
    found = _NAME.fullmatch(key.rpartition("/")[2])
    if found is None or found["first"] == _ANY:
        return None
    first, last = (datetime.strptime(found[end], _HOUR).replace(tzinfo=UTC) for end in ("first", "last"))
    return Span(first, last)


def may_hold(key: str, span: Span) -> bool:
    """Tell whether a file of labels, by its key, may hold a label with a moment in a span."""
    found = _NAME.fullmatch(key.rpartition("/")[2])
    if found is None or found["first"] == _ANY:
        return True
    return found["first"] <= _hour(span.last) and found["last"] >= _hour(span.first)


def _hour(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at.year:04d}{at:%m%d%H}"
