from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.monitoring import NOON, column, interval, look
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.publisher import FakePublisher
from tideline.domain.monitoring.look import look_name
from tideline.domain.monitoring.record import MonitoringRecord, QualityEstimate, RealisedQuality
from tideline.errors import EventRefused
from tideline.events.base import Event
from tideline.events.facts import DriftDetected, PerformanceDropped
from tideline.services.monitoring.announce_look import AnnounceLook
from tideline.services.monitoring.looks import Before, Looks


class _Refusing(FakePublisher):
    def publish(self, *events: Event) -> tuple[str, ...]:
        raise EventRefused("the bus is not there")


class _World:
    def __init__(self) -> None:
        self.publisher = FakePublisher()
        self.looks = Looks(FakeObjectStore(), "churn")

    def tell(self, record: MonitoringRecord, before: Before = ()) -> None:
        announce = AnnounceLook(publisher=self.publisher, clock=FakeClock())
        announce(record, looks=self.looks, look=_name(record), before=before)


def _name(record: MonitoringRecord) -> str:
    return look_name(record.at, record.cause)


def _estimate(*, dropped: bool, trusted: bool = True) -> QualityEstimate:
    return QualityEstimate(
        method="confidence",
        metric="roc_auc",
        estimate=interval(0.7),
        reference=0.85,
        dropped=dropped,
        trusted=trusted,
    )


def _period(*, dropped: bool) -> RealisedQuality:
    return RealisedQuality(
        since=NOON - timedelta(days=1),
        until=NOON,
        metric="roc_auc",
        rows=1_000,
        labelled=900,
        mature=True,
        interval=interval(0.7),
        reference=interval(),
        dropped=dropped,
    )


def test_a_harmless_drift_is_a_warning() -> None:
    world = _World()
    world.tell(look(decision="warn", features=(column(), column("contract", verdict="stable"))))
    (event,) = world.publisher.events
    assert isinstance(event, DriftDetected)
    assert event.severity == "warning"
    assert [shifted.name for shifted in event.features] == ["tenure"]


def test_a_harmful_drift_asks_for_retraining() -> None:
    world = _World()
    world.tell(look(decision="retrain", features=(column(),), estimate=_estimate(dropped=True)))
    (event,) = world.publisher.events
    assert isinstance(event, DriftDetected)
    assert (event.severity, event.estimated, event.reference) == ("retrain", 0.7, 0.85)


def test_an_estimated_drop_is_told_without_a_feature_that_drifted() -> None:
    world = _World()
    world.tell(look(decision="retrain", estimate=_estimate(dropped=True)))
    assert [event.detail_type() for event in world.publisher.events] == ["DriftDetected"]


def test_what_is_stable_is_not_told_and_not_marked() -> None:
    world = _World()
    record = look(features=(column(verdict="stable"),), realised=(_period(dropped=False),))
    world.tell(record)
    assert world.publisher.events == []
    assert not world.looks.was_told(_name(record))


def test_a_realised_drop_is_told_as_such() -> None:
    world = _World()
    world.tell(look(decision="retrain", realised=(_period(dropped=True),)))
    (event,) = world.publisher.events
    assert isinstance(event, PerformanceDropped)
    assert (event.value, event.reference, event.labelled) == (0.7, 0.85, 900)


def test_looks_at_another_version_do_not_silence_this_one() -> None:
    world = _World()
    other = look(-1, "retrain", version=2, features=(column(),), realised=(_period(dropped=True),))
    world.tell(look(0, "retrain", features=(column(),), realised=other.realised), [(other, True)])
    assert len(world.publisher.events) == 2


def test_a_look_that_could_not_be_told_is_not_marked() -> None:
    world = _World()
    record = look(decision="warn", features=(column(),))
    world.publisher = _Refusing()
    with pytest.raises(EventRefused):
        world.tell(record)
    assert not world.looks.was_told(_name(record))
