from __future__ import annotations

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.samples import MODEL, deployment, version
from tideline.domain.release.version import VersionState
from tideline.errors import RegistryConflict, UnknownVersion

CANDIDATE, LIVE, RETIRED = VersionState.CANDIDATE, VersionState.LIVE, VersionState.RETIRED


def test_a_model_without_versions_is_at_number_zero(registries: Registries) -> None:
    assert registries.versions.latest_number(MODEL) == 0
    assert registries.versions.of_run(MODEL, "run") is None
    with pytest.raises(UnknownVersion):
        registries.versions.load(MODEL, 1)


def test_a_version_is_found_by_number_run_and_work(registries: Registries) -> None:
    registries.versions.register(version(1))
    registries.versions.register(version(2))
    assert registries.versions.latest_number(MODEL) == 2
    assert registries.versions.load(MODEL, 2) == version(2)
    assert registries.versions.of_run(MODEL, version(1).run_id) == version(1)
    assert registries.versions.of_same_work(version(2).model_copy(update={"run_id": "r"})) == version(2)
    assert list(registries.versions.all(MODEL)) == [version(1), version(2)]
    assert list(registries.versions.all("other")) == []


def test_the_same_artifact_under_another_spec_is_other_work(registries: Registries) -> None:
    registries.versions.register(version(1))
    again = version(2, sha256=version(1).sha256, dataset_version=1, spec_version=2)
    assert registries.versions.of_same_work(again) is None
    registries.versions.register(again)
    assert registries.versions.latest_number(MODEL) == 2


@pytest.mark.parametrize("number", [1, 3])
def test_a_number_out_of_turn_is_refused(registries: Registries, number: int) -> None:
    registries.versions.register(version(1))
    with pytest.raises(RegistryConflict):
        registries.versions.register(version(number, sha256="f" * 64))
    assert registries.versions.latest_number(MODEL) == 1


def test_the_same_work_twice_is_refused(registries: Registries) -> None:
    registries.versions.register(version(1))
    with pytest.raises(RegistryConflict):
        registries.versions.register(version(2, sha256=version(1).sha256, dataset_version=1))
    assert registries.versions.latest_number(MODEL) == 1


def test_a_note_stays_beside_the_state(registries: Registries) -> None:
    registries.versions.register(version(1))
    registries.versions.note(version(1), 'with "quotes"')
    noted = registries.versions.load(MODEL, 1)
    assert (noted.note, noted.state) == ('with "quotes"', CANDIDATE)


def test_a_deployment_changes_record_and_states_together(registries: Registries) -> None:
    for number in (1, 2):
        registries.versions.register(version(number))
    assert registries.deployments.load(MODEL) is None
    registries.deployments.replace(deployment(1), states={1: (CANDIDATE, LIVE)})
    second = deployment(2, generation=2, replaces=1)
    registries.deployments.replace(second, states={2: (CANDIDATE, LIVE), 1: (LIVE, RETIRED)})
    assert registries.deployments.load(MODEL) == second
    assert [registries.versions.load(MODEL, n).state for n in (1, 2)] == [RETIRED, LIVE]


def test_a_version_that_goes_live_keeps_no_note_of_a_release_that_failed(registries: Registries) -> None:
    for number in (1, 2):
        registries.versions.register(version(number))
        registries.versions.note(registries.versions.load(MODEL, number), f"release {number} failed")
    registries.deployments.replace(deployment(1), states={1: (CANDIDATE, LIVE)})
    assert [registries.versions.load(MODEL, n).note for n in (1, 2)] == ["", "release 2 failed"]
    registries.versions.note(registries.versions.load(MODEL, 1), "told meanwhile")
    second = deployment(2, generation=2, replaces=1)
    registries.deployments.replace(second, states={2: (CANDIDATE, LIVE), 1: (LIVE, RETIRED)})
    assert [registries.versions.load(MODEL, n).note for n in (1, 2)] == ["told meanwhile", ""]


@pytest.mark.parametrize("generation", [1, 3])
def test_a_plan_for_another_generation_loses(registries: Registries, generation: int) -> None:
    for number in (1, 2):
        registries.versions.register(version(number))
    registries.deployments.replace(deployment(1), states={1: (CANDIDATE, LIVE)})
    with pytest.raises(RegistryConflict):
        registries.deployments.replace(deployment(2, generation=generation), states={2: (CANDIDATE, LIVE)})
    assert registries.deployments.load(MODEL) == deployment(1)
    assert registries.versions.load(MODEL, 2).state is CANDIDATE


def test_a_state_that_is_no_longer_what_it_was_loses(registries: Registries) -> None:
    registries.versions.register(version(1))
    with pytest.raises(RegistryConflict):
        registries.deployments.replace(deployment(1), states={1: (RETIRED, LIVE)})
    assert registries.deployments.load(MODEL) is None
