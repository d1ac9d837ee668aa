from __future__ import annotations

from typing import get_args

import pytest

from tests.unit.adapters.training.samples import awkward_encoding, awkward_rows
from tideline.adapters.training.trainers import trainers
from tideline.domain.contract.spec import TrainingSpec
from tideline.domain.training.trials import plan_trials

NAMES = set(get_args(TrainingSpec.model_fields["trainer"].annotation)) - {"auto"}


def test_every_trainer_that_a_spec_can_name_is_there() -> None:
    assert set(trainers()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_planned_trial_is_one_that_its_trainer_takes(name: str) -> None:
    matrix, target = awkward_rows("binary", n=200)
    spec = TrainingSpec.model_validate({"trainer": name, "trials": 8})
    for trial in plan_trials(spec, rows=len(matrix), outputs=1, seed=1):
        model = trainers()[trial.trainer].train(
            matrix,
            target,
            valid=None,
            encoding=awkward_encoding("binary"),
            parameters=trial.parameters,
            rounds=2,
            seed=0,
            threads=1,
        )
        assert model.predict_raw(matrix).shape == (200, 2)
