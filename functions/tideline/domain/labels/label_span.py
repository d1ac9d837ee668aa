"""Which predictions a file of labels may be about: part of its name, so that it need not be read to know.

A label's own moment tells: the time in the prediction's id, or as of when an entity is meant. What is asked
about a period can only come from files with moments in it, or for labels by entity up to a horizon later: so
the name also says whether there are any of these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Moments that nothing tells: an id of another make could be of any prediction.
_ANY = "any"
_HOUR = "%Y%m%d%H"
_NAME = re.compile(
    r"(?P<content>[0-9a-f]{64})-(?P<object_id>[0-9a-f]{24})-(?P<first>\d{10}|any)-(?P<last>\d{10}|any)"
    r"(?P<by_entity>-e)?\.parquet"
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


def label_file_name(content: str, object_id: str, span: Span | None, *, by_entity: bool) -> str:
    """Return what a file of labels is called.

    Args:
        content: SHA-256 of what was dropped, as it was read.
        object_id: Of the dropped object: without times of their own, the same labels told later are others.
        span: Moments of the labels; None where they may be any.
        by_entity: Whether any label names an entity instead of a prediction.
    """
    first, last = (_hour(span.first), _hour(span.last)) if span else (_ANY, _ANY)
    return f"{content}-{object_id}-{first}-{last}{'-e' if by_entity else ''}.parquet"


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


def names_entities(key: str) -> bool:
    """Tell whether a file may hold labels by entity, by its key."""
    found = _NAME.fullmatch(key.rpartition("/")[2])
    return found is None or found["by_entity"] is not None


def may_hold(key: str, *, period: Span, horizon: timedelta) -> bool:
    """Tell whether a file of labels, by its key, may hold a label of a prediction that was made in a period.

    Args:
        key: Of the file.
        period: Of the predictions.
        horizon: How long after a prediction a label by entity may be.
    """
    held = moments_in(key)
    if held is None:
        return True
    last = period.last + horizon if names_entities(key) else period.last
    return held.first <= last and _hour(held.last) >= _hour(period.first)


def _hour(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at.year:04d}{at:%m%d%H}"
