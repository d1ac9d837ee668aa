from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.samples import run
from tideline.domain.keys import MODEL_NAME
from tideline.domain.release.release_order import parse_release_id, release_id
from tideline.domain.training.run import RunStatus, model_of_run, reproduction_id, run_id, run_seed

MODELS = st.from_regex(MODEL_NAME, fullmatch=True) | st.sampled_from(
    ["a-d1", "a-d1-s2", "a-d1-s2-a3", "v-v1-g2"]
)
NUMBERS = st.integers(1, 999_999)
# Step Functions takes names of up to 80 characters.
LONGEST_NAME = 80


@given(MODELS, NUMBERS, NUMBERS, st.integers(1, 999))
def test_a_run_is_named_after_its_work_and_tells_its_model(
    model: str, dataset: int, spec: int, attempt: int
) -> None:
    name = run_id(model, dataset_version=dataset, spec_version=spec, attempt=attempt)
    assert model_of_run(name) == model
    assert len(name) <= LONGEST_NAME


@pytest.mark.parametrize(
    "name", ["", "churn", "churn-d1", "churn-d1-s1-a", "Churn-d1-s1", "churn-d1-s1\n", "x" * 80]
)
def test_other_executions_are_no_runs(name: str) -> None:
    with pytest.raises(ValueError, match="is not the id of a run"):
        model_of_run(name)


@given(MODELS, NUMBERS, st.uuids())
def test_a_release_is_named_after_its_work_and_event(model: str, version: int, event: object) -> None:
    name = release_id(model, version=version, event_id=str(event))
    assert parse_release_id(name) == (model, version)
    assert len(name) <= LONGEST_NAME


@pytest.mark.parametrize("name", ["", "churn-v1", "churn-d1-s1", "churn-v1-zzzzzzzzzzzz"])
def test_other_executions_are_no_releases(name: str) -> None:
    with pytest.raises(ValueError, match="is not the id of a release"):
        parse_release_id(name)


@given(MODELS, NUMBERS, NUMBERS)
def test_a_seed_fits_every_library_and_belongs_to_the_work(model: str, dataset: int, spec: int) -> None:
    seed = run_seed(model, dataset_version=dataset, spec_version=spec)
    assert 0 <= seed < 2**31
    assert seed == run_seed(model, dataset_version=dataset, spec_version=spec)
    assert seed != run_seed(model, dataset_version=dataset + 1, spec_version=spec)


def test_a_run_is_over_once_it_has_an_outcome() -> None:
    over = {status for status in RunStatus if run(status=status).is_over}
    assert over == {RunStatus.REGISTERED, RunStatus.REJECTED, RunStatus.FAILED}


@given(MODELS, NUMBERS, NUMBERS, st.integers(1, 999))
def test_a_reproduction_is_named_like_no_run(
    model: str, dataset_version: int, spec_version: int, attempt: int
) -> None:
    run_name = run_id(model, dataset_version=dataset_version, spec_version=spec_version, attempt=attempt)
    name = reproduction_id(run_name, at=datetime(2026, 3, 1, 12, 5, 9, tzinfo=UTC))

    assert name == f"{run_name}-r20260301120509"
    assert len(name) <= LONGEST_NAME
    with pytest.raises(ValueError, match="not the id of a run"):
        model_of_run(name)
