from __future__ import annotations

import json
from itertools import permutations

import pytest

from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.samples import MODEL, SPEC_TEXT
from tests.fakes.world import MAX_SOURCE_BYTES, World
from tideline.domain import keys
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.labels.label_span import dropped_as
from tideline.events.facts import DatasetAccepted, DatasetQuarantined, LabelsAccepted

ACCEPTED, DUPLICATE, _, QUARANTINED = ObjectOutcome


def make_world(plan: CrashPlan | None = None) -> World:
    made = World()
    made.apply_spec(made.inbox.drop(f"{MODEL}/model.yaml", SPEC_TEXT))
    made.publisher.events.clear()
    made.plan = plan or made.plan
    return made


@pytest.fixture
def world() -> World:
    return make_world()


def drop(world: World, name: str, content: str) -> DroppedObject:
    return world.inbox.drop(keys.told_key(MODEL, name), content.encode())


def answer(world: World, dropped: DroppedObject) -> ObjectReceipt:
    receipt = world.ingest_labels(dropped)
    assert receipt is not None
    return receipt


def kept(world: World) -> list[str]:
    return sorted(world.lake.read(key).decode() for key in world.lake.listed(keys.labels_prefix(MODEL)))


def test_labels_are_kept_and_told_of(world: World) -> None:
    dropped = drop(world, "a.csv", "1\n2")
    receipt = answer(world, dropped)

    (told,) = world.publisher.of(LabelsAccepted)
    assert (receipt.outcome, receipt.message) == (ACCEPTED, "2 labels")
    assert (told.object_key, told.rows, told.bad_rows, told.quarantine_key) == (dropped.key, 2, 0, None)
    assert told.occurred_at == receipt.at
    assert world.publisher.of(DatasetAccepted) == []
    (key,) = world.lake.listed(keys.labels_prefix(MODEL))
    assert dropped_as(key) == keys.object_id(dropped.key, dropped.version_id)


def test_an_outcome_without_a_time_was_known_by_the_end_of_the_second_that_its_file_came_in(
    world: World,
) -> None:
    dropped = drop(world, "a.csv", "1")
    written = world.inbox.written_at(dropped.key, version_id=dropped.version_id)

    labels = answer(world, dropped).labels
    assert labels is not None
    assert labels.first is not None
    assert (labels.first - written).total_seconds() == 1


def test_bad_rows_go_to_quarantine_and_the_rest_is_used(world: World) -> None:
    receipt = answer(world, drop(world, "a.csv", "1\nbad\n2"))

    (told,) = world.publisher.of(LabelsAccepted)
    assert (told.rows, told.bad_rows) == (2, 1)
    assert world.lake.read(told.quarantine_key or "") == b"bad"
    assert receipt.message == "2 labels; 1 bad rows are in quarantine with their reasons"


def test_a_file_without_labels_is_quarantined_with_its_reason(world: World) -> None:
    dropped = drop(world, "a.csv", "bad")
    receipt = answer(world, dropped)

    (told,) = world.publisher.of(DatasetQuarantined)
    assert (receipt.outcome, told.reason) == (QUARANTINED, "too_many_bad_rows")
    name = keys.object_id(dropped.key, dropped.version_id)
    reason = json.loads(world.lake.read(keys.quarantine_key(MODEL, name, "reason.json")))
    assert reason["message"] == "none of the rows is a label"
    assert kept(world) == []


def test_the_same_event_ten_times_is_one_file_and_one_event(world: World) -> None:
    dropped = drop(world, "a.csv", "1")
    receipts = [answer(world, dropped) for _ in range(10)]

    assert {receipt.outcome for receipt in receipts} == {ACCEPTED}
    assert len(world.publisher.of(LabelsAccepted)) == len(kept(world)) == 1


@pytest.mark.parametrize("name", ["a.csv", "b.csv"])
def test_the_same_labels_again_are_a_duplicate(world: World, name: str) -> None:
    answer(world, drop(world, "a.csv", "dated\n1"))
    again = answer(world, drop(world, name, "dated\n1"))

    assert again.outcome is DUPLICATE
    assert again.message == f"the same labels were told in {MODEL}/labels/a.csv already"
    assert len(world.publisher.of(LabelsAccepted)) == len(kept(world)) == 1


def test_labels_without_times_told_again_are_newer_than_what_was_told_in_between(world: World) -> None:
    outcomes = [answer(world, drop(world, "a.csv", content)).outcome for content in ("1", "2", "1")]

    assert outcomes == [ACCEPTED] * 3
    assert len(world.publisher.of(LabelsAccepted)) == 3
    assert [text.partition("\n")[0] for text in kept(world)] == ["1", "1", "2"]


def test_what_a_broken_file_holds_makes_no_duplicates(world: World) -> None:
    answer(world, drop(world, "a.csv", "bad"))
    assert answer(world, drop(world, "b.csv", "1")).outcome is ACCEPTED


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_every_edition_is_kept_in_whatever_order_they_are_read(order: tuple[int, ...]) -> None:
    world = make_world()
    editions = [drop(world, "a.csv", content) for content in ("1", "2\n3", "1")]
    for place in order:
        answer(world, editions[place])

    assert [text.count("\n") for text in kept(world)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("key", "reason"), [("other/labels/a.csv", "unknown_model"), (f"{MODEL}/labels/a.csv", "too_large")]
)
def test_what_cannot_be_used_is_answered(world: World, key: str, reason: str) -> None:
    size = MAX_SOURCE_BYTES + 1 if reason == "too_large" else 1
    receipt = answer(world, world.inbox.drop(key, b"1" * size))

    assert (receipt.outcome, receipt.reason) == (QUARANTINED, reason)


def test_an_object_deleted_before_it_is_read_is_answered(world: World) -> None:
    dropped = drop(world, "a.csv", "1")
    world.inbox.delete(dropped.key, version_id=dropped.version_id)

    assert answer(world, dropped).reason == "deleted_before_read"


@pytest.mark.parametrize("key", ["data/labels/a.csv", "labels/", "batch/labels/a.csv"])
def test_what_is_no_label_is_somebody_elses_to_answer(world: World, key: str) -> None:
    dropped = world.inbox.drop(f"{MODEL}/{key}", b"1")

    assert world.ingest_labels(dropped) is None
    assert world.receipts.receipt(MODEL, dropped) is None


@pytest.mark.parametrize("content", ["1\nbad", "dated\n1\nbad", "bad"])
def test_a_crash_at_any_point_loses_nothing_and_tells_it(content: str) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = make_world(plan)
        first, second = drop(world, "a.csv", content), drop(world, "b.csv", content)
        for dropped in (first, first, second, second, first):
            try:
                world.ingest_labels(dropped)
            except Crash:
                continue
        world.plan = CrashPlan()
        outcomes = [answer(world, dropped).outcome for dropped in (first, second)]
        expected_outcomes = {
            "1\nbad": [ACCEPTED, ACCEPTED],
            "dated\n1\nbad": [ACCEPTED, DUPLICATE],
            "bad": [QUARANTINED, QUARANTINED],
        }
        assert outcomes == expected_outcomes[content]
        events = [*world.publisher.of(LabelsAccepted), *world.publisher.of(DatasetQuarantined)]
        told = {event.object_key for event in events}
        once = DUPLICATE in outcomes
        assert told == ({first.key} if once else {first.key, second.key})
        expected = {"1\nbad": 2, "dated\n1\nbad": 1, "bad": 0}
        assert len(kept(world)) == expected[content]

    assert sweep(scenario) >= 10
