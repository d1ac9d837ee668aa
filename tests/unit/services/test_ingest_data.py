from __future__ import annotations

import json
from itertools import permutations

import pytest

from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.registry import FakeDatasetRegistry
from tests.fakes.samples import MODEL, SPEC_TEXT, batch
from tests.fakes.world import MAX_SOURCE_BYTES, World
from tideline.domain import keys
from tideline.domain.intake.dataset import Batch, active_batches
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.errors import RegistryConflict
from tideline.events.facts import DatasetAccepted, DatasetQuarantined, SpecApplied, SpecRejected

ACCEPTED, DUPLICATE, SUPERSEDED, QUARANTINED = ObjectOutcome
SPEC_KEY = f"{MODEL}/model.yaml"


@pytest.fixture
def world() -> World:
    made = World()
    made.apply_spec(made.inbox.drop(SPEC_KEY, SPEC_TEXT))
    made.publisher.events.clear()
    return made


def drop(world: World, name: str, content: str) -> DroppedObject:
    return world.inbox.drop(f"{MODEL}/data/{name}", content.encode())


def active(world: World) -> list[Batch]:
    batches = world.datasets.batches(MODEL)
    return active_batches(batches, version=len(batches))


def contents(world: World) -> list[str]:
    """The rows of the newest data set, without the hash of the schema that the fake reader puts first."""
    texts = [world.lake.read(keys.dataset_key(MODEL, b.sha256)).decode() for b in active(world)]
    return [text.split("\n", 1)[1] for text in texts]


def test_a_file_becomes_a_batch_a_version_and_an_event(world: World) -> None:
    receipt = world.ingest_data(drop(world, "a.csv", "1\n2"))
    (told,) = world.publisher.of(DatasetAccepted)
    assert (receipt.outcome, receipt.batch, receipt.message) == (ACCEPTED, 1, "2 rows")
    assert (told.dataset_version, told.rows, told.bad_rows, told.quarantine_key) == (1, 2, 0, None)
    assert contents(world) == ["1\n2"]


def test_bad_rows_go_to_quarantine_and_the_rest_is_used(world: World) -> None:
    dropped = drop(world, "a.csv", "1\nbad\n2")
    receipt = world.ingest_data(dropped)
    (told,) = world.publisher.of(DatasetAccepted)
    assert (told.rows, told.bad_rows) == (2, 1)
    assert world.lake.read(told.quarantine_key or "") == b"bad"
    assert "1 bad ones are in quarantine" in receipt.message


def test_a_file_that_cannot_be_used_is_quarantined_with_its_reason(world: World) -> None:
    dropped = drop(world, "a.csv", "bad")
    receipt = world.ingest_data(dropped)
    (told,) = world.publisher.of(DatasetQuarantined)
    assert (receipt.outcome, told.reason) == (QUARANTINED, "no_rows")
    assert told.message == "there are no rows"
    name = keys.object_id(dropped.key, dropped.version_id)
    kept = json.loads(world.lake.read(keys.quarantine_key(MODEL, name, "reason.json")))
    assert kept["reason"] == "no_rows"
    assert world.datasets.latest_version(MODEL) == 0


def test_the_same_event_ten_times_is_one_batch_and_one_event(world: World) -> None:
    dropped = drop(world, "a.csv", "1")
    outcomes = {world.ingest_data(dropped).outcome for _ in range(10)}
    assert outcomes == {ACCEPTED}
    assert world.datasets.latest_version(MODEL) == 1
    assert len(world.publisher.events) == 1


def test_the_same_bytes_under_another_key_start_nothing(world: World) -> None:
    world.ingest_data(drop(world, "a.csv", "1"))
    receipt = world.ingest_data(drop(world, "b.csv", "1"))
    assert (receipt.outcome, receipt.batch) == (DUPLICATE, 1)
    assert len(world.publisher.events) == 1


def test_other_bytes_with_the_same_rows_start_nothing_either(world: World) -> None:
    world.ingest_data(drop(world, "a.csv", "1\n2"))
    receipt = world.ingest_data(drop(world, "b.csv", "1\r\n2\r\n"))
    assert (receipt.outcome, receipt.batch) == (DUPLICATE, 1)


def test_the_same_bytes_under_another_schema_are_read_again(world: World) -> None:
    world.ingest_data(drop(world, "a.csv", "1"))
    wider = SPEC_TEXT.replace(b"min: 0", b"min: -1")
    world.apply_spec(world.inbox.drop(SPEC_KEY, wider))
    receipt = world.ingest_data(drop(world, "b.csv", "1"))
    assert receipt.outcome is ACCEPTED
    assert [(b.number, b.spec_version) for b in active(world)] == [(2, 2)]


def test_rows_stay_for_as_long_as_one_file_has_them(world: World) -> None:
    """A current file beside dated copies of it: the copy of the first day must outlive the second day."""
    for name, content in (("today.csv", "1"), ("jan-01.csv", "1"), ("today.csv", "2"), ("jan-02.csv", "2")):
        world.ingest_data(drop(world, name, content))
    assert contents(world) == ["1", "2"]
    world.ingest_data(drop(world, "jan-01.csv", "3"))
    assert contents(world) == ["2", "3"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_broken_edition_never_costs_the_good_one_before_it(world: World, order: tuple[int, int]) -> None:
    editions = [drop(world, "a.csv", "1"), drop(world, "a.csv", "bad")]
    outcomes = {index: world.ingest_data(editions[index]).outcome for index in order}
    assert outcomes == {0: ACCEPTED, 1: QUARANTINED}
    assert contents(world) == ["1"]


def test_a_file_that_may_not_be_read_is_quarantined(world: World) -> None:
    dropped = drop(world, "a.csv", "1")
    world.inbox.unreadable.add(dropped.key)
    receipt = world.ingest_data(dropped)
    assert (receipt.outcome, receipt.reason) == (QUARANTINED, "unreadable")
    assert "encryption key" in receipt.message


def test_a_new_edition_takes_the_place_of_the_old_one(world: World) -> None:
    for content in ("1", "2", "1"):
        world.ingest_data(drop(world, "a.csv", content))
    assert contents(world) == ["1"]
    assert [told.supersedes for told in world.publisher.of(DatasetAccepted)] == [(), (1,), (2,)]


def test_a_new_edition_with_the_rows_of_another_file_leaves_them_once(world: World) -> None:
    world.ingest_data(drop(world, "a.csv", "1"))
    world.ingest_data(drop(world, "b.csv", "2"))
    receipt = world.ingest_data(drop(world, "b.csv", "1"))
    assert receipt.outcome is ACCEPTED
    assert contents(world) == ["1"]


def test_an_edition_that_cannot_be_used_leaves_the_one_before(world: World) -> None:
    world.ingest_data(drop(world, "a.csv", "1"))
    assert world.ingest_data(drop(world, "a.csv", "bad")).outcome is QUARANTINED
    assert contents(world) == ["1"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_edition_wins_in_whatever_order_the_events_come(
    world: World, order: tuple[int, ...]
) -> None:
    editions = [drop(world, "a.csv", content) for content in ("1", "2", "3")]
    outcomes = {n: world.ingest_data(editions[n]).outcome for n in order}
    assert contents(world) == ["3"]
    assert outcomes[2] is ACCEPTED
    late = {n for n in (0, 1) if any(order.index(newer) < order.index(n) for newer in range(n + 1, 3))}
    assert {n for n, outcome in outcomes.items() if outcome is SUPERSEDED} == late


def test_each_event_is_read_by_its_own_version(world: World) -> None:
    first = drop(world, "a.csv", "1")
    drop(world, "a.csv", "2")
    world.ingest_data(first)
    assert contents(world) == ["1"]


@pytest.mark.parametrize("spec_there", [True, False])
def test_an_object_deleted_before_it_is_read_is_answered_once(world: World, spec_there: bool) -> None:
    dropped = drop(world, "a.csv", "1")
    world.inbox.delete(dropped.key, version_id=dropped.version_id)
    if not spec_there:
        world.inbox.delete(SPEC_KEY)
    receipts = [world.ingest_data(dropped) for _ in range(2)]
    assert {r.reason for r in receipts} == {"deleted_before_read"}
    assert len(world.publisher.of(DatasetQuarantined)) == 1


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (f"{MODEL}/a.csv", "unknown_area"),
        (f"{MODEL}/data/", "unknown_area"),
        ("../data/a.csv", "unknown_area"),
        ("other/data/a.csv", "unknown_model"),
        ("ü" * 512, "unknown_area"),
    ],
)
def test_a_key_that_leads_nowhere_is_answered(world: World, key: str, reason: str) -> None:
    dropped = world.inbox.drop(key, b"1")
    receipt = world.ingest_data(dropped)
    (told,) = world.publisher.of(DatasetQuarantined)
    assert (receipt.outcome, told.reason, told.object_key) == (QUARANTINED, reason, key)
    quarantined = [name for name in world.lake.keys if name.endswith("reason.json")]
    assert len(quarantined) == 1
    assert ".." not in quarantined[0]


@pytest.mark.parametrize("area", ["batch", "labels"])
def test_batches_and_labels_are_somebody_elses_to_answer(world: World, area: str) -> None:
    dropped = world.inbox.drop(f"{MODEL}/{area}/b.csv", b"1")

    assert world.ingest_data(dropped) is None
    assert world.receipts.receipt(MODEL, dropped) is None
    nested = world.inbox.drop(f"{MODEL}/data/{area}/b.csv", b"1")
    assert world.ingest_data(nested).outcome is ACCEPTED


def test_a_file_that_does_not_fit_is_not_even_fetched(world: World) -> None:
    receipt = world.ingest_data(drop(world, "a.csv", "1" * (MAX_SOURCE_BYTES + 1)))
    assert receipt.reason == "too_large"
    assert world.ingest_data(drop(world, "b.csv", "1" * MAX_SOURCE_BYTES)).outcome is ACCEPTED


@pytest.mark.parametrize("spec_first", [True, False])
def test_spec_and_data_dropped_together_are_used_in_any_order(spec_first: bool) -> None:
    world = World()
    data = drop(world, "a.csv", "1")
    spec = world.inbox.drop(SPEC_KEY, SPEC_TEXT)
    if spec_first:
        world.apply_spec(spec)
        assert world.ingest_data(data).outcome is ACCEPTED
    else:
        assert world.ingest_data(data).outcome is ACCEPTED
        world.apply_spec(spec)
    assert len(world.publisher.of(SpecApplied)) == len(world.publisher.of(DatasetAccepted)) == 1


def test_data_beside_a_bad_first_spec_says_what_to_mend() -> None:
    world = World()
    world.inbox.drop(SPEC_KEY, b"model: churn\n")
    assert world.ingest_data(drop(world, "a.csv", "1")).reason == "no_valid_spec"
    assert len(world.publisher.of(SpecRejected)) == 1


def test_data_beside_a_bad_later_spec_is_read_by_the_one_in_force(world: World) -> None:
    world.inbox.drop(SPEC_KEY, b"model: churn\n")
    assert world.ingest_data(drop(world, "a.csv", "1")).outcome is ACCEPTED
    assert active(world)[0].spec_version == 1


class _Racing(FakeDatasetRegistry):
    """Just before a batch is accepted, something else happens."""

    meanwhile = staticmethod(lambda: None)

    def accept(self, batch: Batch, dropped: DroppedObject, receipt: ObjectReceipt) -> None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None  # type: ignore[method-assign, assignment]
        meanwhile()
        super().accept(batch, dropped, receipt)


@pytest.fixture
def racing(world: World) -> _Racing:
    registry = _Racing(world.receipts)
    world.datasets = registry
    return registry


def test_who_comes_second_takes_the_next_number(world: World, racing: _Racing) -> None:
    racing.meanwhile = lambda: world.ingest_data(drop(world, "b.csv", "2"))  # type: ignore[method-assign]
    assert world.ingest_data(drop(world, "a.csv", "1")).batch == 2
    assert sorted(contents(world)) == ["1", "2"]


def test_who_comes_second_with_the_same_content_is_a_duplicate(world: World, racing: _Racing) -> None:
    racing.meanwhile = lambda: world.ingest_data(drop(world, "b.csv", "1"))  # type: ignore[method-assign]
    assert world.ingest_data(drop(world, "a.csv", "1")).outcome is DUPLICATE
    assert contents(world) == ["1"]


def test_an_edition_that_is_overtaken_while_it_is_read_is_superseded(world: World, racing: _Racing) -> None:
    old, new = drop(world, "a.csv", "1"), drop(world, "a.csv", "2")
    racing.meanwhile = lambda: world.ingest_data(new)  # type: ignore[method-assign]
    assert world.ingest_data(old).outcome is SUPERSEDED
    assert contents(world) == ["2"]


def test_an_object_answered_twice_at_once_has_one_answer(world: World, racing: _Racing) -> None:
    dropped = drop(world, "a.csv", "1")
    racing.meanwhile = lambda: world.ingest_data(dropped)  # type: ignore[method-assign]
    assert world.ingest_data(dropped).batch == 1
    assert world.datasets.latest_version(MODEL) == 1


class _Storm(FakeDatasetRegistry):
    """Others always take the next number first."""

    def accept(self, batch: Batch, dropped: DroppedObject, receipt: ObjectReceipt) -> None:
        raise RegistryConflict("another writer was first")


def test_who_never_gets_in_tries_again_later(world: World) -> None:
    world.datasets = _Storm(world.receipts)
    dropped = drop(world, "a.csv", "1")
    with pytest.raises(RegistryConflict):
        world.ingest_data(dropped)
    assert world.receipts.receipt(MODEL, dropped) is None


FILES = {
    "plain": ["1\n2"],
    "bad rows": ["1\nbad"],
    "rejected": ["bad"],
    "new edition": ["1", "2"],
    "same again": ["1", "1"],
}


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
def test_a_crash_anywhere_and_a_second_delivery_lose_and_double_nothing(files: list[str]) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = World(plan=plan)
        world.inbox.drop(SPEC_KEY, SPEC_TEXT)
        objects = [drop(world, "a.csv", content) for content in files]
        for dropped in objects:
            try:
                world.ingest_data(dropped)
            except Crash:
                world.ingest_data(dropped)
        _check(world, objects)

    assert sweep(scenario) > 15


def _check(world: World, objects: list[DroppedObject]) -> None:
    answers = [world.receipts.receipt(MODEL, dropped) for dropped in objects]
    assert all(answers), "I1: every object has an answer"
    accepted = [answer for answer in answers if answer and answer.outcome is ACCEPTED]
    assert [a.batch for a in accepted] == list(range(1, world.datasets.latest_version(MODEL) + 1))
    told = {event.dataset_version for event in world.publisher.of(DatasetAccepted)}
    assert len(told) == len(accepted)
    assert all(a.announced for a in answers if a and a.outcome in (ACCEPTED, QUARANTINED))
    for one in active(world):
        assert keys.dataset_key(MODEL, one.sha256) in world.lake.keys


def test_a_batch_made_elsewhere_is_announced_with_its_own_numbers(world: World) -> None:
    dropped = drop(world, "a.csv", "1")
    world.receipts.claim(MODEL, dropped)
    made = batch(1, obj=dropped, bad_rows=3)
    receipt = ObjectReceipt(
        key=dropped.key, version_id=dropped.version_id, outcome=ACCEPTED, batch=1, at=made.accepted_at
    )
    world.datasets.accept(made, dropped, receipt)
    world.ingest_data(dropped)
    (told,) = world.publisher.of(DatasetAccepted)
    assert (told.bad_rows, told.dataset_version) == (3, 1)
