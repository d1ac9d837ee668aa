from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tideline.domain.labels.canonical_labels import CanonicalLabels
from tideline.domain.labels.label_span import Span

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LABELS = CanonicalLabels(
    parquet=Path("labels.parquet"),
    content="ab" * 32,
    dated=True,
    rows=3,
    bad_rows=1,
    by_entity=1,
    foreign=0,
    made=Span(MARCH, MARCH + DAY),
    as_of=Span(MARCH + 40 * DAY, MARCH + 41 * DAY),
    faults={"spent: missing": 1},
    rejects=None,
    extra_columns=("age",),
)


def test_predictions_about_entities_may_have_been_made_a_horizon_before() -> None:
    told = LABELS.told(horizon=90 * DAY)

    assert (told.first, told.last) == (MARCH - 50 * DAY, MARCH + 41 * DAY)
    assert (told.rows, told.bad_rows, told.faults, told.extra_columns) == (
        3,
        1,
        {"spent: missing": 1},
        ("age",),
    )


def test_ids_tell_when_predictions_were_made() -> None:
    told = replace(LABELS, as_of=None).told(horizon=90 * DAY)

    assert (told.first, told.last) == (MARCH, MARCH + DAY)


def test_ids_of_another_make_tell_nothing() -> None:
    labels = replace(LABELS, made=None, as_of=None, foreign=3)

    assert labels.span is None
    assert labels.told(horizon=DAY).first is None


def test_the_first_year_has_no_year_before_it() -> None:
    early = datetime(1, 1, 2, tzinfo=UTC)
    told = replace(LABELS, made=None, as_of=Span(early, early)).told(horizon=90 * DAY)

    assert told.first == datetime.min.replace(tzinfo=UTC)
