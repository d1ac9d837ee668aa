from __future__ import annotations

import json
from typing import Any

import pytest

from tideline.domain.contract.spec import TrainingSpec
from tideline.domain.training.run import TrialPlan
from tideline.domain.training.trials import plan_trials


def plan(*, rows: int = 20_000, outputs: int = 1, seed: int = 1, **training: Any) -> tuple[TrialPlan, ...]:
    return plan_trials(TrainingSpec.model_validate(training), rows=rows, outputs=outputs, seed=seed)


def number(trial: TrialPlan, name: str) -> float:
    value = trial.parameters[name]
    assert isinstance(value, int | float)
    return value


@pytest.mark.parametrize("trainer", ["auto", "lightgbm", "linear"])
@pytest.mark.parametrize("trials", [1, 2, 16, 100])
def test_there_are_as_many_different_trials_as_wished(trainer: str, trials: int) -> None:
    plans = plan(trainer=trainer, trials=trials)
    assert [p.index for p in plans] == list(range(trials))
    assert len({(p.trainer, json.dumps(p.parameters)) for p in plans}) == trials


@pytest.mark.parametrize(("trials", "linear"), [(1, 0), (2, 1), (6, 1), (16, 2), (100, 3)])
def test_auto_starts_with_trees_and_tries_a_few_linear_models(trials: int, linear: int) -> None:
    trainers = [p.trainer for p in plan(trials=trials)]
    assert trainers[0] == "lightgbm"
    assert trainers.count("linear") == linear


def test_a_named_trainer_is_the_only_one() -> None:
    assert {p.trainer for p in plan(trainer="linear")} == {"linear"}
    assert {p.trainer for p in plan(trainer="lightgbm")} == {"lightgbm"}


def test_the_same_order_gives_the_same_trials_and_another_seed_others() -> None:
    assert plan(seed=1) == plan(seed=1)
    assert plan(seed=1)[:3] == plan(seed=2)[:3]
    assert plan(seed=1)[3] != plan(seed=2)[3]


def test_more_trials_keep_what_the_fewer_drew() -> None:
    few, many = plan(trainer="lightgbm", trials=4), plan(trainer="lightgbm", trials=8)
    assert many[:4] == few


@pytest.mark.parametrize("rows", [100, 20_000, 5_000_000])
def test_draws_stay_in_their_ranges(rows: int) -> None:
    for trial in plan(trainer="lightgbm", trials=100, rows=rows)[1:]:
        assert 8 <= number(trial, "num_leaves") <= 255
        assert 0.02 <= number(trial, "learning_rate") <= 0.2
        assert 5 <= number(trial, "min_data_in_leaf") <= max(20, rows // 100)
        assert 0.5 <= number(trial, "feature_fraction") <= 1
        assert 0.5 <= number(trial, "bagging_fraction") <= 1


def test_little_data_gets_small_trees_and_much_data_large_steps() -> None:
    small = plan(trainer="lightgbm", trials=100, rows=200)
    large = plan(trainer="lightgbm", trials=100, rows=100_000, outputs=10)
    assert max(number(p, "num_leaves") for p in small[1:]) <= 16
    assert number(small[0], "min_data_in_leaf") == 5
    assert min(number(p, "learning_rate") for p in large) >= 0.05
    assert max(number(p, "num_leaves") for p in large[1:]) <= 127
