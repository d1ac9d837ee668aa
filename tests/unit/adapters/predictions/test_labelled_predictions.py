"""The join of the log with its labels: against a plain rewriting of its rules, and in any order of files."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fakes.clock import START
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import label_parquet, label_row, log_parquet, row
from tests.fakes.world import workdir
from tideline.adapters.predictions.labelled_predictions import DuckDbLabelledPredictions
from tideline.domain import keys
from tideline.domain.labels.label_question import CLOCKS_DIFFER, LabelQuestion
from tideline.domain.labels.label_span import Span, label_file_name
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
from tideline.domain.monitoring.record import LabelCounts
from tideline.errors import StorageUnavailable
from tideline.serving.prediction_id import prediction_ids

MODEL = "churn"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SINCE = START.replace(hour=0)
Row = dict[str, Any]


def question(**changes: Any) -> LabelQuestion:
    base: dict[str, Any] = {
        "model": MODEL,
        "version": 1,
        "since": SINCE,
        "until": SINCE + DAY,
        "task": "regression",
        "horizon": 3 * DAY,
        "now": SINCE + 30 * DAY,
    }
    return LabelQuestion(**base | changes)


def id_at(at: datetime, number: int = 0) -> str:
    (made,) = prediction_ids(1, at_ms=int(at.timestamp() * 1000), random=number.to_bytes(8))
    return made


def answer(at: datetime, number: int = 0, **fields: Any) -> Row:
    base: Row = {"prediction_id": id_at(at, number), "time": at.replace(tzinfo=None), "value": float(number)}
    return row(number, **base | fields)


@dataclass(frozen=True)
class Told:
    """A label, and the row that it is."""

    at: datetime
    prediction_id: str | None = None
    entity: str | None = None
    as_of: datetime | None = None
    number: float | None = None
    label: str | None = None

    def row(self) -> Row:
        return label_row(
            self.prediction_id,
            at=self.at,
            number=self.number,
            label=self.label,
            entity=self.entity,
            entity_time=self.as_of and self.as_of.replace(tzinfo=None),
        )


class Lake(FakeObjectStore):
    """A lake with the log and labels of a model."""

    def log(self, *rows: Row, name: str = "a", model: str = MODEL) -> None:
        hours: dict[str, list[Row]] = {}
        for one in rows:
            hours.setdefault(keys.predictions_prefix(model, one["time"]), []).append(one)
        for prefix, some in hours.items():
            self.write(f"{prefix}{name}.parquet", log_parquet(some))

    def tell(self, *told: Told, name: str = "a.parquet", model: str = MODEL) -> None:
        self.write(keys.labels_prefix(model) + name, label_parquet([one.row() for one in told]))


def ask(lake: FakeObjectStore, **changes: Any) -> tuple[LabelledRows, LabelCounts]:
    adapter = DuckDbLabelledPredictions(lake=lake, workdir=workdir, memory_mb=512)
    return adapter.labelled(question(**changes))


NOON = SINCE + 12 * HOUR


def test_answers_come_by_id_with_what_is_known_of_them() -> None:
    lake = Lake()
    second, first = answer(NOON + HOUR, 2), answer(NOON, 1)
    lake.log(second, first)
    lake.tell(Told(NOON + DAY, first["prediction_id"], number=1.5))

    rows, counts = ask(lake)
    assert rows.ids.tolist() == [first["prediction_id"], second["prediction_id"]]
    assert rows.times.tolist() == [first["time"], second["time"]]
    assert rows.scores.tolist() == [[1.0], [2.0]]
    assert rows.y[0] == 1.5
    assert np.isnan(rows.y[1])
    assert counts == LabelCounts(joined=1)


def test_without_log_or_labels_there_is_nothing() -> None:
    lake = Lake()
    rows, counts = ask(lake, task="multiclass", classes=("a", "b", "c"), slices=("plan",))
    assert (rows.scores.shape, rows.y.shape, rows.slices["plan"].shape) == ((0, 3), (0,), (0,))
    assert counts == LabelCounts()

    lake.tell(Told(NOON, id_at(NOON), number=1.0))
    assert ask(lake)[1] == LabelCounts(orphans=1)


def test_only_answers_of_the_version_in_the_period_count() -> None:
    lake = Lake()
    counted = answer(NOON, 1)
    lake.log(
        counted,
        answer(NOON, 2, version=2),
        answer(NOON, 3, role="shadow"),
        answer(NOON, 4, error="it stalled"),
        answer(NOON, 5, value=None),
        answer(SINCE - timedelta(milliseconds=1), 6),
        answer(SINCE + DAY, 7),
    )
    lake.log(answer(NOON, 8), model="other")

    assert ask(lake)[0].ids.tolist() == [counted["prediction_id"]]


def test_a_period_may_begin_and_end_within_an_hour() -> None:
    lake = Lake()
    lake.log(*(answer(NOON + timedelta(minutes=minute), minute) for minute in range(0, 180, 15)))

    rows, _ = ask(lake, since=NOON + timedelta(minutes=50), until=NOON + timedelta(minutes=105))
    assert rows.scores[:, 0].tolist() == [60, 75, 90]


def test_the_newest_label_counts_and_a_correction_is_told() -> None:
    lake = Lake()
    made = answer(NOON, 1)
    lake.log(made)
    lake.tell(
        Told(NOON + 2 * HOUR, made["prediction_id"], number=2.0),
        Told(NOON + HOUR, made["prediction_id"], number=1.0),
        Told(NOON + HOUR, made["prediction_id"], number=2.0),
    )

    rows, counts = ask(lake)
    assert rows.y.tolist() == [2.0]
    assert counts == LabelCounts(joined=1, corrected=1)


def test_a_label_that_cannot_count_takes_no_older_ones_place() -> None:
    lake = Lake()
    made = answer(NOON, 1)["prediction_id"]
    lake.log(answer(NOON, 1))
    lake.tell(
        Told(NOON - HOUR, made, number=1.0),
        Told(NOON + HOUR, made, number=2.0),
        Told(NOON + 2 * HOUR, made, label="two"),
        Told(NOON + 3 * DAY + HOUR, made, number=3.0),
        Told(SINCE + 31 * DAY, made, number=4.0),
    )

    rows, counts = ask(lake)
    assert rows.y.tolist() == [2.0]
    # What is from the future comes after the horizon too, and is told as what it is now.
    assert counts == LabelCounts(joined=1, invalid=1, early=1, late=1, upcoming=1)


@pytest.mark.parametrize(("before", "early"), [(timedelta(seconds=1), 0), (2 * CLOCKS_DIFFER, 1)])
def test_a_label_from_before_its_prediction_by_what_clocks_differ_counts(
    before: timedelta, early: int
) -> None:
    lake = Lake()
    lake.log(answer(NOON, 1))
    lake.tell(Told(NOON - before, id_at(NOON, 1), number=1.0))

    assert ask(lake)[1] == LabelCounts(joined=1 - early, early=early)


def test_a_label_at_the_very_end_of_the_horizon_counts() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1))
    lake.tell(Told(NOON + 3 * DAY, id_at(NOON, 1), number=1.0))

    assert ask(lake)[1] == LabelCounts(joined=1)


def test_a_label_by_entity_is_of_the_newest_answer_before_it() -> None:
    lake = Lake()
    lake.log(
        answer(NOON, 1, entity="c1"),
        answer(NOON + 2 * HOUR, 2, entity="c1"),
        answer(NOON + 6 * HOUR, 3, entity="c1"),
        answer(NOON + HOUR, 4, entity="c2"),
    )
    lake.tell(
        Told(NOON + DAY, entity="c1", as_of=NOON + 3 * HOUR, number=7.0),
        Told(NOON + DAY, entity="c1", as_of=NOON, number=8.0),
    )

    rows, counts = ask(lake)
    labelled = dict(zip(rows.scores[:, 0].tolist(), rows.y.tolist(), strict=True))
    assert {score: y for score, y in labelled.items() if y > 0} == {1.0: 8.0, 2.0: 7.0}
    assert counts == LabelCounts(joined=2)


def test_a_label_by_entity_without_a_time_of_its_own_is_as_of_when_it_was_known() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1, entity="c1"))
    lake.tell(Told(NOON + 2 * DAY, entity="c1", number=7.0))

    assert ask(lake)[0].y.tolist() == [7.0]


def test_an_answer_after_the_period_takes_the_label_and_so_does_another_versions() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1, entity="c1"), answer(NOON, 2, entity="c2"), answer(NOON, 3, entity="c3"))
    lake.tell(*(Told(NOON + 2 * DAY, entity=f"c{n}", number=7.0) for n in (1, 2, 3)))
    assert ask(lake)[1].joined == 3

    lake.log(answer(NOON + DAY, 4, entity="c1"), answer(NOON + HOUR, 5, version=2, entity="c2"), name="b")
    rows, counts = ask(lake)
    assert rows.y[-1] == 7.0
    assert counts == LabelCounts(joined=1)
    assert ask(lake, version=2)[1] == LabelCounts(joined=1)


def test_a_label_of_an_answer_before_the_period_is_no_orphan() -> None:
    lake = Lake()
    lake.tell(
        Told(NOON, entity="c1", number=1.0),
        Told(NOON, entity="c2", number=1.0),
        Told(NOON, entity="c3", number=1.0),
    )
    assert ask(lake)[1] == LabelCounts(orphans=3)

    lake.log(answer(NOON - 2 * DAY, 1, entity="c1"), answer(NOON - 4 * DAY, 2, entity="c2"))
    assert ask(lake)[1] == LabelCounts(orphans=2)


def test_no_day_before_the_period_is_read_that_no_label_is_open_for() -> None:
    lake = Lake()
    lake.tell(Told(NOON, entity="c1", number=1.0), Told(NOON, entity="c2", number=1.0))
    lake.log(answer(NOON, 1, entity="c1"), answer(NOON - DAY, 2, entity="c2"))
    unread = f"{keys.predictions_prefix(MODEL, NOON - 2 * DAY)}a.parquet"
    lake.write(unread, b"nothing that anybody should read")
    assert ask(lake)[1] == LabelCounts(joined=1)

    lake.tell(Told(NOON, entity="c3", number=1.0), name="b.parquet")
    with pytest.raises(StorageUnavailable, match=unread):
        ask(lake)
    assert ask(lake, horizon=timedelta(hours=36))[1] == LabelCounts(joined=1, orphans=1)


def test_who_does_not_look_back_counts_orphans_by_id_alone() -> None:
    lake = Lake()
    lake.tell(Told(NOON, entity="c1", number=1.0), Told(NOON, id_at(NOON, 1), number=1.0))
    lake.write(f"{keys.predictions_prefix(MODEL, NOON - DAY)}a.parquet", b"nothing that anybody should read")
    assert ask(lake, looks_back=False)[1] == LabelCounts(orphans=1)


def test_an_orphan_is_of_the_period_that_its_id_names() -> None:
    lake = Lake()
    lake.tell(Told(NOON + DAY, id_at(NOON), number=1.0), Told(NOON, id_at(NOON - DAY), number=1.0))

    assert ask(lake)[1] == LabelCounts(orphans=1)


def test_a_label_of_another_versions_answer_is_no_orphan() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1, version=2))
    lake.tell(Told(NOON + HOUR, id_at(NOON, 1), number=1.0))

    assert ask(lake)[1] == LabelCounts()
    assert ask(lake, version=2)[1] == LabelCounts(joined=1)


def test_labels_of_another_model_are_not_asked() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1))
    lake.tell(Told(NOON + HOUR, id_at(NOON, 1), number=1.0), model="other")

    assert ask(lake)[1] == LabelCounts()


def classified(number: int, **probabilities: float) -> Row:
    return answer(NOON, number, value=None, label="x", probabilities=probabilities)


def test_classes_become_their_places_and_no_others_do() -> None:
    lake = Lake()
    lake.log(*(classified(n, a=0.5, b=0.25, c=0.25) for n in range(1, 5)))
    told = [("b", None), ("d", None), (None, 1.0), ("a", None)]
    lake.tell(
        *(
            Told(NOON + HOUR, id_at(NOON, n), label=label, number=number)
            for n, (label, number) in enumerate(told, start=1)
        )
    )

    rows, counts = ask(lake, task="multiclass", classes=("a", "b", "c"))
    assert rows.scores.tolist() == [[0.5, 0.25, 0.25]] * 4
    assert rows.y[[0, 3]].tolist() == [1.0, 0.0]
    assert np.isnan(rows.y[1:3]).all()
    assert counts == LabelCounts(joined=2, invalid=2)


@pytest.mark.parametrize(
    ("negative", "known", "invalid"), [("low", [0.0, 1.0], 1), ("not high", [0.0, 1.0, 0.0], 0)]
)
def test_of_two_classes_the_positive_one_scores(negative: str, known: list[float], invalid: int) -> None:
    lake = Lake()
    lake.log(*(classified(n, **{negative: 0.75, "high": 0.25}) for n in (1, 2, 3)))
    lake.tell(
        *(
            Told(NOON + HOUR, id_at(NOON, n), label=label)
            for n, label in enumerate(("low", "high", "middle"), start=1)
        )
    )

    rows, counts = ask(lake, task="binary", classes=(negative, "high"))
    assert rows.scores.tolist() == [[0.25]] * 3
    assert rows.y[~np.isnan(rows.y)].tolist() == known
    assert counts.invalid == invalid


def test_features_to_cut_by_are_numbers_or_categories_or_missing() -> None:
    lake = Lake()
    lake.log(
        answer(NOON, 1, numbers={"age": 30.0}, categories={"plan": "basic"}),
        answer(NOON, 2, numbers={}, categories={"plan": "plus"}),
        answer(NOON, 3),
    )

    rows, _ = ask(lake, slices=("age", "plan"))
    assert rows.slices["age"].tolist() == [30.0, None, None]
    assert rows.slices["plan"].tolist() == ["basic", "plus", None]


def test_files_that_cannot_matter_are_not_read() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1))
    today, far, tomorrow = (
        label_file_name("0" * 64, f"{day:024d}", Span(SINCE + day * DAY, SINCE + day * DAY), by_entity=kind)
        for day, kind in ((0, False), (9, True), (1, False))
    )
    for name in (far, tomorrow):
        lake.write(keys.labels_prefix(MODEL) + name, b"nothing that anybody should read")
    lake.tell(Told(NOON + HOUR, id_at(NOON, 1), number=1.0), name=today)

    assert ask(lake)[1].joined == 1
    with pytest.raises(StorageUnavailable, match=far):
        ask(lake, horizon=10 * DAY)


def test_a_file_of_the_log_that_does_not_read_is_an_error() -> None:
    lake = Lake()
    lake.write(f"{keys.predictions_prefix(MODEL, NOON)}a.parquet", b"PAR1 not really")

    with pytest.raises(StorageUnavailable, match=r"hour=12/a\.parquet"):
        ask(lake)


def test_files_of_labels_without_entities_are_read() -> None:
    lake = Lake()
    lake.log(answer(NOON, 1), answer(NOON, 2, entity="c1"))
    lake.tell(Told(NOON + HOUR, entity="c1", number=2.0), name="b.parquet")
    lake.write(keys.labels_prefix(MODEL) + "a.parquet", old_labels(id_at(NOON, 1)))

    assert ask(lake)[1] == LabelCounts(joined=2)


def old_labels(prediction_id: str) -> bytes:
    import tempfile
    from pathlib import Path

    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.parquet"
        duckdb.connect().execute(
            f"COPY (SELECT '{prediction_id}' AS prediction_id, NULL::VARCHAR AS label, 1.0::DOUBLE AS number,"
            f" TIMESTAMP '{NOON.replace(tzinfo=None) + HOUR}' AS time) TO '{path}' (FORMAT parquet)"
        )
        return path.read_bytes()


# From here on: any log and labels, against the rules written down once more.

# Few, for each hour is a file.
HOURS = st.sampled_from([-90, -71, -30, -1, 0, 5, 12, 23, 24, 40, 80])
ENTITIES = st.sampled_from(["c1", "c2", None])
ANSWERS = st.lists(
    st.tuples(
        HOURS,
        st.sampled_from([1, 1, 2]),
        ENTITIES,
        st.sampled_from([None, None, None, "failed"]),
        st.sampled_from(["champion", "challenger", "shadow"]),
    ),
    max_size=12,
)
LABELS = st.lists(
    st.tuples(
        st.integers(0, 14),
        st.booleans(),
        st.integers(-100, 200),
        st.one_of(st.none(), st.integers(-100, 200)),
        st.sampled_from([None, 1.0, 2.0, float("inf")]),
    ),
    max_size=12,
)


def drawn_log(drawn: list[Any]) -> list[Row]:
    return [
        answer(
            SINCE + hours * HOUR,
            number,
            version=version,
            entity=entity,
            error=error,
            role=role,
            value=1.0 * number,
        )
        for number, (hours, version, entity, error, role) in enumerate(drawn)
    ]


def drawn_labels(drawn: list[Any], log: list[Row]) -> list[Told]:
    made = [one["prediction_id"] for one in log] + [id_at(SINCE + n * HOUR, 99) for n in (1, 30)]
    return [
        Told(
            at=SINCE + known * HOUR,
            prediction_id=made[which % len(made)] if by_id else None,
            entity=None if by_id else ("c1", "c2", "c3")[which % 3],
            as_of=None if by_id or as_of is None else SINCE + as_of * HOUR,
            number=number,
        )
        for which, by_id, known, as_of, number in drawn
    ]


def expected(log: list[Row], told: list[Told], asked: LabelQuestion) -> tuple[dict[str, float], LabelCounts]:
    """Return the join as a person would write it: one label after the other."""
    good = [one for one in log if one["error"] is None and one["role"] != "shadow"]
    ours = {
        one["prediction_id"]: one
        for one in good
        if one["version"] == asked.version and asked.since <= utc(one["time"]) < asked.until
    }
    found: dict[str, list[Told]] = {}
    counts = dict.fromkeys(("orphans", "invalid", "early", "late", "upcoming"), 0)
    for label in set(told):
        fits = prediction_of(label, good, asked.horizon)
        if fits is None:
            counts["orphans"] += asked.since <= moment_of(label) < asked.until
        elif fits["prediction_id"] in ours:
            verdict = verdict_of(label, utc(fits["time"]), asked)
            if verdict == "valid":
                found.setdefault(fits["prediction_id"], []).append(label)
            else:
                counts[verdict] += 1
    newest = {one: max(some, key=lambda t: (t.at, t.number)) for one, some in found.items()}
    corrected = sum(len({label.number for label in some}) > 1 for some in found.values())
    values = {one: newest[one].number if one in newest else float("nan") for one in sorted(ours)}
    return values, LabelCounts(joined=len(found), corrected=corrected, **counts)  # type: ignore[return-value]


def prediction_of(label: Told, log: list[Row], horizon: timedelta) -> Row | None:
    if label.prediction_id is not None:
        return next((one for one in log if one["prediction_id"] == label.prediction_id), None)
    as_of = label.as_of or label.at
    before = [one for one in log if one["entity"] == label.entity and utc(one["time"]) <= as_of]
    newest = max(before, key=lambda one: (one["time"], one["prediction_id"]), default=None)
    return newest if newest and as_of <= utc(newest["time"]) + horizon else None


def verdict_of(label: Told, made: datetime, asked: LabelQuestion) -> str:
    if label.number is None or not np.isfinite(label.number):
        return "invalid"
    if label.at > asked.now + CLOCKS_DIFFER:
        return "upcoming"
    if label.at < made - CLOCKS_DIFFER:
        return "early"
    return "late" if label.at > made + asked.horizon else "valid"


def moment_of(label: Told) -> datetime:
    if label.prediction_id is not None:
        return SINCE + timedelta(
            milliseconds=int(label.prediction_id.replace("-", "")[:12], 16) - SINCE.timestamp() * 1000
        )
    return label.as_of or label.at


def utc(time: datetime) -> datetime:
    return time.replace(tzinfo=START.tzinfo)


def spread(log: list[Row], told: list[Told], order: random.Random) -> Lake:
    """Return the same rows in files of another making: cut elsewhere, repeated, shuffled."""
    lake = Lake()
    for name in range(order.randint(1, 3)):
        some = [one for one in log if order.random() < 0.7] if name else log
        lake.log(*order.sample(some, len(some)), name=f"{order.random()}")
    for name in range(order.randint(1, 4)):
        some_told = [one for one in told if order.random() < 0.5] if name else told
        if some_told:
            lake.tell(*order.sample(some_told, len(some_told)), name=f"{order.random()}.parquet")
    return lake


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],  # an example takes most of a second
)
@given(ANSWERS, LABELS, st.integers(0, 2**32))
def test_any_files_with_the_same_rows_give_the_same_numbers(answers: Any, labels: Any, seed: int) -> None:
    log = drawn_log(answers)
    told = drawn_labels(labels, log)
    order = random.Random(seed)
    asked = question(now=SINCE + 150 * HOUR)
    changes = {"now": asked.now}

    once, counts = ask(spread(log, told, order), **changes)
    values, told_of = expected(log, told, asked)
    assert counts == told_of
    assert once.ids.tolist() == list(values)
    assert np.array_equal(once.y, np.array(list(values.values())), equal_nan=True)

    again, recounted = ask(spread(log, told, order), **changes)
    assert recounted == counts
    for name in ("times", "scores", "y"):
        assert getattr(again, name).tobytes() == getattr(once, name).tobytes()
    assert again.ids.tolist() == once.ids.tolist()
