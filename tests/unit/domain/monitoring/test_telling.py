from __future__ import annotations

from datetime import timedelta

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
    first, second = _looked(0, _period(-1)), _looked(1, _period(-1))
    assert dropped_anew(first, []) == first.realised[0]
    assert dropped_anew(second, [first]) is None


def test_the_next_day_that_dropped_is_news() -> None:
    first, second = _looked(0, _period(-2)), _looked(24, _period(-2), _period(-1))
    assert dropped_anew(second, [first]) == second.realised[1]


def test_a_sliding_month_is_the_same_news() -> None:
    first, second = _looked(0, _period(-30, days=30)), _looked(24, _period(-29, days=30))
    assert dropped_anew(second, [first]) is None


def test_a_drop_of_before_a_good_day_is_no_news() -> None:
    assert dropped_anew(_looked(0, _period(-9), _period(-1, dropped=False)), []) is None


def test_a_period_whose_outcomes_are_not_in_yet_says_nothing() -> None:
    record = _looked(0, _period(-2), _period(-1, dropped=False, mature=False))
    assert dropped_anew(record, []) == record.realised[0]


def test_a_look_told_again_finds_its_own_news() -> None:
    record = _looked(0, _period(-1))
    assert dropped_anew(record, [record]) == record.realised[0]


def _looked(hours: float, *periods: RealisedQuality) -> MonitoringRecord:
    return look(hours, "retrain", realised=periods)


def _period(begin: int, *, days: int = 1, dropped: bool = True, mature: bool = True) -> RealisedQuality:
    since = NOON + timedelta(days=begin)
    return RealisedQuality(
        since=since,
        until=since + timedelta(days=days),
        metric="roc_auc",
        rows=1_000,
        labelled=1_000,
        mature=mature,
        interval=interval(0.7),
        reference=interval(),
        p_value=1e-6,
        dropped=dropped,
    )
