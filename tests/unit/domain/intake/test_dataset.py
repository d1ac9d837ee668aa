from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.samples import batch, dropped
from tideline.domain.intake.dataset import Batch, active_batches, dataset_sha256


def numbers(batches: list[Batch], *, version: int) -> list[int]:
    return [b.number for b in active_batches(batches, version=version)]


def test_a_version_is_its_first_batches() -> None:
    batches = [batch(1), batch(2), batch(3)]
    assert numbers(batches, version=2) == [1, 2]
    assert numbers(batches, version=0) == []


def test_a_new_edition_takes_the_place_of_an_old_one_from_then_on() -> None:
    batches = [batch(1), batch(2), batch(3, supersedes=(1,)), batch(4, supersedes=(2, 3))]
    assert [numbers(batches, version=version) for version in (2, 3, 4)] == [[1, 2], [2, 3], [4]]


def test_the_order_in_which_batches_are_read_does_not_matter() -> None:
    batches = [batch(1), batch(2, supersedes=(1,)), batch(3)]
    assert numbers(batches[::-1], version=3) == numbers(batches, version=3) == [2, 3]


def test_the_hash_follows_content_and_order_alone() -> None:
    one, two = batch(1, content="a"), batch(2, content="b")
    elsewhere = batch(1, content="a", obj=dropped("other.csv"))
    assert dataset_sha256([one, two]) == dataset_sha256([elsewhere, two])
    assert dataset_sha256([one, two]) != dataset_sha256([two, one])
    assert dataset_sha256([one]) != dataset_sha256([one, two])


@given(st.lists(st.sets(st.integers(1, 12)), max_size=12), st.integers(0, 13))
def test_a_version_never_changes_by_what_comes_later(supersedes: list[set[int]], version: int) -> None:
    batches = [
        batch(n, supersedes=tuple(sorted(m for m in earlier if m < n)))
        for n, earlier in enumerate(supersedes, start=1)
    ]
    assert numbers(batches, version=version) == numbers(batches[:version], version=version)
