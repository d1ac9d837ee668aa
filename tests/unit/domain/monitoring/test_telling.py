from __future__ import annotations

from tests.fakes.monitoring import NOON, column, interval, look
from tideline.domain.monitoring.record import MonitoringRecord, RealisedQuality
from tideline.domain.monitoring.telling import dropped_anew, is_news


def test_what_is_stable_or_undecided_is_no_news() -> None:
    assert not is_news(look(decision="stable"), [])
    assert not is_news(look(decision="undecided"), [])


def test_a_first_drift_is_news_and_the_same_an_hour_later_is_not() -> None:
    first = look(0, "warn", features=(column(),))
    assert is_news(first, [])
    assert not is_news(look(1, "warn", features=(column(),)), [first])


def test_another_feature_is_news() -> None:
    first = look(0, "warn", features=(column(),))
    assert is_news(look(1, "warn", features=(column(), column("contract"))), [first])


def test_what_became_harmful_is_news() -> None:
    first = look(0, "warn", features=(column(),))
    assert is_news(look(1, "retrain", features=(column(),)), [first])


def test_a_drift_that_goes_on_is_told_once_a_day() -> None:
    first = look(0, "retrain", features=(column(),))
    assert not is_news(look(23.9, "retrain", features=(column(),)), [first])
    assert is_news(look(24, "retrain", features=(column(),)), [first])


def test_a_look_that_is_told_again_does_not_count_as_heard() -> None:
    record = look(0, "retrain", features=(column(),))
    assert is_news(record, [record])


def test_a_period_that_dropped_is_told_once() -> None:
    first, second = _dropped(0), _dropped(1)
    assert dropped_anew(first, []) == first.realised
    assert dropped_anew(second, [first]) == ()


def test_a_period_that_has_not_dropped_is_not_told() -> None:
    assert dropped_anew(_dropped(0, dropped=False), []) == ()


def _dropped(hours: float, *, dropped: bool = True) -> MonitoringRecord:
    period = RealisedQuality(
        since=NOON,
        until=NOON,
        metric="roc_auc",
        rows=1_000,
        labelled=1_000,
        mature=True,
        interval=interval(0.7),
        reference=interval(),
        p_value=1e-6,
        dropped=dropped,
    )
    return look(hours, "retrain", realised=(period,))
