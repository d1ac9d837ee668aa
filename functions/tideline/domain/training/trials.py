"""Which hyperparameters to try: a list that depends on spec, seed and size of the data alone.

Random search in stated ranges, for it needs no order among trials: each is an invocation of its own.
"""

from __future__ import annotations

import hashlib
import math

from tideline.domain.contract.spec import TrainingSpec
from tideline.domain.training.run import Parameter, TrialPlan

# The linear trainer minimizes the summed loss plus l2/2 |w|^2 over standardized columns, as scikit-learn
# with C = 1/l2. Its quality hardly moves with l2, so a few values a factor of 100 apart will do.
_L2_GRID = (1.0, 100.0, 0.01, 10.0, 0.1, 1000.0, 0.001)
_L2_RANGE = (1e-4, 1e4)
# One in six trials of `auto` is linear: enough to find out whether trees are needed at all.
_TREES_PER_LINEAR = 6
_MAX_LINEAR = 3
# From here on (rows x outputs) trees must take larger steps to end within a function's 15 minutes:
# a million rows x 500 rounds of 31 leaves took two minutes on one core.
_MANY_ROWS = 500_000


def plan_trials(training: TrainingSpec, *, rows: int, outputs: int, seed: int) -> tuple[TrialPlan, ...]:
    """Return the trials of a run, in the order of their indices.

    Args:
        training: Says how many trials, and by which trainer; `auto` tries both.
        rows: Rows to fit on.
        outputs: Trees grown in each round: the number of classes if multiclass, else 1.
        seed: The order's.
    """
    trainers = _trainers(training)
    ordinals = [trainers[:index].count(trainer) for index, trainer in enumerate(trainers)]
    return tuple(
        TrialPlan(
            index=index,
            trainer=trainer,
            parameters=_linear(ordinal, seed=seed)
            if trainer == "linear"
            else _lightgbm(ordinal, rows=rows, outputs=outputs, seed=seed),
        )
        for index, (trainer, ordinal) in enumerate(zip(trainers, ordinals, strict=True))
    )


def _trainers(training: TrainingSpec) -> list[str]:
    if training.trainer != "auto":
        return [training.trainer] * training.trials
    if training.trials == 1:
        return ["lightgbm"]
    linear = min(_MAX_LINEAR, max(1, training.trials // _TREES_PER_LINEAR))
    return ["lightgbm", *["linear"] * linear, *["lightgbm"] * (training.trials - 1 - linear)]


def _linear(ordinal: int, *, seed: int) -> dict[str, Parameter]:
    if ordinal < len(_L2_GRID):
        return {"l2": _L2_GRID[ordinal]}
    return {"l2": _log_uniform(*_L2_RANGE, seed=seed, index=ordinal, name="l2")}


def _lightgbm(ordinal: int, *, rows: int, outputs: int, seed: int) -> dict[str, Parameter]:
    if ordinal == 0:
        return _sound_default(rows=rows, outputs=outputs)
    many = rows * outputs >= _MANY_ROWS

    def drawn(name: str, low: float, high: float) -> float:
        return _log_uniform(low, high, seed=seed, index=ordinal, name=name)

    return {
        "num_leaves": round(drawn("num_leaves", 8, min(127 if many else 255, max(16, rows // 50)))),
        "learning_rate": drawn("learning_rate", 0.05 if many else 0.02, 0.2),
        "min_data_in_leaf": round(drawn("min_data_in_leaf", 5, min(500, max(20, rows // 100)))),
        "feature_fraction": drawn("feature_fraction", 0.5, 1.0),
        "bagging_fraction": drawn("bagging_fraction", 0.5, 1.0),
        "bagging_freq": 1,
        "lambda_l2": drawn("lambda_l2", 0.001, 100.0),
        "cat_smooth": drawn("cat_smooth", 1.0, 100.0),
    }


def _sound_default(*, rows: int, outputs: int) -> dict[str, Parameter]:
    """LightGBM's defaults with smaller steps (early stopping finds their number) and mild sampling."""
    return {
        "num_leaves": 31,
        "learning_rate": 0.1 if rows * outputs >= _MANY_ROWS else 0.05,
        "min_data_in_leaf": max(5, min(20, rows // 50)),
        "feature_fraction": 0.9,
        "bagging_fraction": 0.9,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
    }


def _log_uniform(low: float, high: float, *, seed: int, index: int, name: str) -> float:
    """Draw from [low, high], uniformly in the logarithm; six digits, so that JSON reads well."""
    digest = hashlib.sha256(f"{seed}\0{index}\0{name}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return float(f"{value:.6g}")
