from __future__ import annotations

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, spec
from tideline.domain.contract.spec import SpecHead
from tideline.errors import RegistryConflict, UnknownModel


def test_a_model_without_a_spec_has_head_zero(registries: Registries) -> None:
    assert registries.specs.head(MODEL) == SpecHead()
    with pytest.raises(UnknownModel):
        registries.specs.load(MODEL, 1)


def test_versions_are_numbered_from_one_and_all_stay(registries: Registries) -> None:
    first, second = spec(), spec(retraining={"schedule": "rate(1 hour)", "on": ["schedule"]})
    specs = registries.specs
    assert specs.append(first, head=specs.head(MODEL), at=START) == 1
    assert specs.append(second, head=specs.head(MODEL), at=START) == 2
    assert specs.head(MODEL) == SpecHead(version=2, sha256=second.sha256)
    assert specs.load(MODEL, 1) == first
    assert specs.load(MODEL, 2) == second


def test_models_are_listed_by_name(registries: Registries) -> None:
    assert list(registries.specs.models()) == []
    for name in ("zebra", "ant"):
        registries.specs.append(spec(model=name), head=SpecHead(), at=START)
    assert list(registries.specs.models()) == ["ant", "zebra"]


def test_who_decided_on_an_older_head_loses(registries: Registries) -> None:
    head = registries.specs.head(MODEL)
    registries.specs.append(spec(), head=head, at=START)
    with pytest.raises(RegistryConflict):
        registries.specs.append(spec(training={"trials": 1}), head=head, at=START)
    assert registries.specs.load(MODEL, 1) == spec()
    assert registries.specs.head(MODEL).version == 1
