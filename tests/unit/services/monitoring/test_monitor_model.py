"""A look as a whole, on files of the log and of labels as they lie in the lake."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.monitoring import NOON, interval
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import log_parquet, row
from tests.fakes.publisher import FakePublisher
from tests.fakes.registry import FakeDeploymentRegistry, FakeSpecRegistry, FakeVersionRegistry
from tests.fakes.samples import MODEL, deployment, spec, version
from tests.fakes.world import workdir
from tideline.adapters.predictions.call_counter import DuckDbCallCounter
from tideline.adapters.predictions.labelled_predictions import DuckDbLabelledPredictions
from tideline.domain import keys
from tideline.domain.evaluation.inspection.findings import Importance
from tideline.domain.monitoring.counting.columns import count_scores
from tideline.domain.monitoring.look import look_name
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.release.deployment import Deployment
from tideline.domain.training.profile import profile_categories, profile_numbers
from tideline.events.facts import DriftDetected, RunFailed
from tideline.monitoring_report.report import write_report
from tideline.services.monitoring.announce_look import AnnounceLook
from tideline.services.monitoring.live_version import LiveVersions
from tideline.services.monitoring.looks import Looks
from tideline.services.monitoring.make_record import LookRequest, MakeRecord
from tideline.services.monitoring.monitor_model import MonitorModel
from tideline.services.monitoring.quality_days import QualityDays

np = pytest.importorskip("numpy")
_ROWS = 600


class Watched:
    """A model with version 1 live, its reference, and callers."""

    def __init__(self, *, importance: float = 0.1, min_rows: int = 500) -> None:
        self.lake, self.publisher = FakeObjectStore("lake"), FakePublisher()
        self.specs, self.versions = FakeSpecRegistry(), FakeVersionRegistry()
        monitoring = {"min_rows": min_rows}
        self.specs.append(spec(monitoring=monitoring), head=self.specs.head(MODEL), at=NOON)
        self.versions.register(version())
        self.deployments = FakeDeploymentRegistry(self.versions)
        self.deployed: Deployment | None = deployment(1)
        self.deployments.load = lambda model: self.deployed  # type: ignore[method-assign]
        self.reference = _reference(importance)
        self.lake.write(keys.reference_key(MODEL, 1), self.reference.model_dump_json().encode())

    def asked(self, *, shift: float = 0.0, rows: int = _ROWS, hours_ago: int = 0, seed: int = 1) -> None:
        """Let callers ask, whose tenure has shifted."""
        rand, at = random.Random(seed), NOON - timedelta(hours=hours_ago)
        found = [_answer(n, seed, rand, shift, at) for n in range(rows)]
        self.lake.write(keys.predictions_prefix(MODEL, at) + f"{seed}.parquet", log_parquet(found))

    def look(
        self, cause: str = "event", *, hours: float = 0, by_person: bool = True, for_labels: bool = False
    ) -> Any:
        reading = {"lake": self.lake, "workdir": workdir, "memory_mb": 512}
        use_case = MonitorModel(
            lake=self.lake,
            live=LiveVersions(self.specs, self.versions, self.deployments),
            make_record=MakeRecord(
                lake=self.lake,
                counter=DuckDbCallCounter(**reading),
                quality=QualityDays(lake=self.lake, labelled=DuckDbLabelledPredictions(**reading)),
                clock=FakeClock(NOON + timedelta(hours=hours)),
            ),
            announce=AnnounceLook(publisher=self.publisher, clock=FakeClock()),
            publisher=self.publisher,
            write_report=write_report,
        )
        at = NOON + timedelta(hours=hours)
        asked = LookRequest(model=MODEL, cause=cause, at=at, by_person=by_person, for_labels=for_labels)
        return use_case(asked)

    @property
    def looks(self) -> Looks:
        return Looks(self.lake, MODEL)


def _reference(importance: float) -> MonitoringReference:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.1, 0.9, 2_000)
    contracts = {"monthly": 1_200, "yearly": 800}
    return MonitoringReference(
        model=MODEL,
        run_id=version().run_id,
        artifact_sha256=version().sha256,
        task="binary",
        classes=("no", "yes"),
        metric="roc_auc",
        rows=2_000,
        features={
            "tenure": profile_numbers(rng.normal(0, 1, 4_000).astype(np.float32)),
            "contract": profile_categories(contracts, count=2_000, missing=0, distinct=2),
        },
        outputs={"yes": count_scores(scores, scores > 0.5)},
        quality=interval(0.85),
        importance=(
            Importance(feature="tenure", drop=importance, low=importance, high=importance, repeats=3),
            Importance(feature="contract", drop=0.0, low=0.0, high=0.0, repeats=3),
        ),
    )


def _answer(number: int, seed: int, rand: random.Random, shift: float, at: Any) -> dict[str, Any]:
    score = rand.uniform(0.1, 0.9)
    return row(
        number,
        prediction_id=f"p{seed}-{number:06d}",
        request_id=f"r{seed}-{number:06d}",
        time=at.replace(tzinfo=None),
        value=None,
        label="yes" if score > 0.5 else "no",
        probabilities={"no": 1 - score, "yes": score},
        numbers={"tenure": rand.gauss(shift, 1)},
        categories={"contract": rand.choice(("monthly", "monthly", "monthly", "yearly", "yearly"))},
    )


def test_callers_like_those_of_training_are_stable() -> None:
    world = Watched()
    world.asked()
    record = world.look()
    assert record.decision == "stable", record.reasons
    assert record.traffic.rows == _ROWS
    assert [column.verdict for column in record.features] == ["stable", "stable"]
    assert world.publisher.events == []


def test_other_callers_ask_for_retraining_where_the_model_relies_on_what_shifted() -> None:
    world = Watched()
    world.asked(shift=2)
    record = world.look()
    assert record.decision == "retrain"
    (event,) = world.publisher.of(DriftDetected)
    assert (event.severity, event.features[0].name) == ("retrain", "tenure")
    assert world.lake.read(event.report_key).lower().startswith(b"<!doctype html>")


def test_a_shift_that_the_model_does_not_care_about_is_a_warning() -> None:
    world = Watched(importance=0.0)
    world.asked(shift=2)
    assert world.look().decision == "warn"
    assert [event.severity for event in world.publisher.of(DriftDetected)] == ["warning"]


def test_a_look_delivered_twice_is_made_and_told_once() -> None:
    world = Watched()
    world.asked(shift=2)
    first = world.look()
    world.asked(seed=2)
    assert world.look() == first
    assert len(world.publisher.events) == 1


def test_a_look_that_was_kept_and_not_told_is_told() -> None:
    world = Watched()
    world.asked(shift=2)
    world.look()
    name = look_name(NOON, "event")
    world.lake.delete(world.looks.key(name, "told.json"))
    world.look()
    assert len(world.publisher.of(DriftDetected)) == 2


def test_the_same_drift_an_hour_later_is_not_told_again() -> None:
    world = Watched()
    world.asked(shift=2)
    world.look("one")
    assert world.look("two", hours=1).decision == "retrain"
    assert len(world.publisher.of(DriftDetected)) == 1


def test_too_few_rows_decide_nothing() -> None:
    world = Watched()
    world.asked(shift=2, rows=40)
    record = world.look()
    assert record.decision == "undecided"
    assert world.publisher.events == []


@pytest.mark.parametrize("rows", [0, 1])
def test_a_window_with_no_row_or_one_is_undecided(rows: int) -> None:
    world = Watched()
    if rows:
        world.asked(rows=rows)
    record = world.look()
    assert (record.decision, record.traffic.rows) == ("undecided", rows)
    assert world.lake.read(record.report_key)


def test_a_quiet_hour_is_looked_at_together_with_busy_ones_before() -> None:
    world = Watched()
    world.asked(rows=100, seed=1)
    world.asked(rows=500, seed=2, hours_ago=5)
    record = world.look()
    assert record.traffic.rows == _ROWS
    assert record.decision == "stable"


@pytest.mark.parametrize("damaged", [None, b"{", b'{"model": "churn"}'])
def test_a_reference_that_is_missing_or_damaged_is_told_and_alarms_nobody(damaged: bytes | None) -> None:
    world = Watched()
    world.asked(shift=2)
    world.lake.delete(keys.reference_key(MODEL, 1))
    if damaged is not None:
        world.lake.write(keys.reference_key(MODEL, 1), damaged)
    record = world.look()
    assert record.decision == "undecided"
    assert "reference" in record.reasons[0]
    assert world.lake.read(record.report_key)
    assert world.publisher.events == []


def test_another_artifacts_reference_is_not_believed() -> None:
    world = Watched()
    other = world.reference.model_copy(update={"artifact_sha256": "0" * 64})
    world.lake.write(keys.reference_key(MODEL, 1), other.model_dump_json().encode())
    assert "another artifact" in world.look().reasons[0]


def test_a_damaged_file_of_the_log_is_left_out_and_told() -> None:
    world = Watched()
    world.asked(hours_ago=1)
    world.lake.write(keys.predictions_prefix(MODEL, NOON) + "x.parquet", b"no parquet")
    record = world.look()
    assert record.traffic.rows == _ROWS
    assert any("x.parquet" in note for note in record.notes)


def test_nothing_live_is_an_answer_to_a_person_and_silence_to_a_schedule() -> None:
    world = Watched()
    world.deployed = None
    assert world.look(by_person=False) is None
    assert world.publisher.events == []
    assert world.look(by_person=True) is None
    (failed,) = world.publisher.of(RunFailed)
    assert failed.error == "NothingLive"


def test_the_first_days_requests_are_held_against_training_and_kept() -> None:
    world = Watched()
    world.asked(shift=2)
    first: MonitoringRecord = world.look("one")
    assert [column.name for column in first.skew if column.has_drifted] == ["tenure"]
    world.asked(seed=2, hours_ago=-48)
    later = world.look("two", hours=48)
    assert later.skew == first.skew
    assert later.drifted == ()


def test_a_version_that_follows_another_has_a_first_day_of_its_own() -> None:
    world = Watched()
    world.asked(rows=100, shift=2)
    for hours_ago in (30, 100):
        others = [row(n, 2, role="champion", label="no") for n in range(50)]
        key = keys.predictions_prefix(MODEL, NOON - timedelta(hours=hours_ago)) + "other.parquet"
        world.lake.write(key, log_parquet(others))
    first = world.look("one")
    assert first.since == first.first_seen == NOON.replace(minute=0)
    world.asked(shift=2, seed=2)
    later = world.look("two", hours=2)
    assert [column.name for column in later.skew if column.has_drifted] == ["tenure"]


def test_traffic_that_begins_long_after_the_first_look_has_a_first_day_too() -> None:
    world = Watched()
    assert world.look("one", hours=-40).skew == ()
    world.asked(shift=2)
    assert [column.name for column in world.look("two").skew if column.has_drifted] == ["tenure"]


def test_many_files_of_labels_at_once_are_one_look() -> None:
    world = Watched()
    world.asked()
    first = world.look("labels-1", for_labels=True)
    assert world.look("labels-2", for_labels=True) == first
    # Labels of the second in which that look was begun may have come after it.
    assert world.look("labels-2b", hours=1 / 3_600, for_labels=True).cause == "labels-2b"
    assert world.look("labels-3", hours=1, for_labels=True).cause == "labels-3"
    assert world.look("a person", hours=1).cause == "a person"


def test_a_kept_look_at_a_version_that_is_live_no_more_is_not_told() -> None:
    world = Watched()
    world.asked(shift=2)
    world.look()
    world.lake.delete(world.looks.key(look_name(NOON, "event"), "told.json"))
    world.publisher.events.clear()
    world.versions.register(version(2))
    world.deployed = deployment(2)
    world.look()
    assert world.publisher.events == []
