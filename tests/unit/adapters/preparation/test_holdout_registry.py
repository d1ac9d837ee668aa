from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.fakes.aws import make_table
from tests.unit.services.preparing import MemoryHoldouts
from tideline.adapters.preparation.holdout_registry import DynamoDbHoldoutRegistry
from tideline.domain.training.holdout import FrozenHoldout, HoldoutRecord, TimeRule
from tideline.errors import RegistryConflict
from tideline.services.training_table import HoldoutRegistry


@pytest.fixture(params=["memory", "dynamodb"])
def registry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[HoldoutRegistry]:
    if request.param == "memory":
        yield MemoryHoldouts()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield DynamoDbHoldoutRegistry(make_table())


def record(number: int, *, dataset: int, spec: int = 1) -> HoldoutRecord:
    holdout = FrozenHoldout(rules=(TimeRule(column="t", start_us=number),))
    return HoldoutRecord(
        number=number, dataset_version=dataset, spec_version=spec, trained_batches=dataset, holdout=holdout
    )


def test_nothing_is_there_at_first(registry: HoldoutRegistry) -> None:
    assert registry.latest("ebb") is None
    assert registry.of_work("ebb", dataset_version=1, spec_version=1) is None


def test_links_are_found_by_work_and_the_newest_by_number(registry: HoldoutRegistry) -> None:
    links = [record(1, dataset=1), record(2, dataset=12), record(3, dataset=3, spec=2)]
    for link in links:
        registry.append("ebb", link)
    assert registry.latest("ebb") == links[2]
    assert registry.of_work("ebb", dataset_version=12, spec_version=1) == links[1]
    assert registry.latest("flow") is None
    assert registry.of_work("flow", dataset_version=12, spec_version=1) is None


@pytest.mark.parametrize("second", [record(1, dataset=2), record(2, dataset=1)])
def test_a_number_or_a_piece_of_work_has_one_link(registry: HoldoutRegistry, second: HoldoutRecord) -> None:
    registry.append("ebb", record(1, dataset=1))
    with pytest.raises(RegistryConflict):
        registry.append("ebb", second)
    assert registry.latest("ebb") == record(1, dataset=1)
