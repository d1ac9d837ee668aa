"""Run one trial: train with early stopping, score on the validation rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics
from tideline.domain.training.run import TrialResult, TrialTask
from tideline.errors import TrainingImpossible
from tideline.ports import ObjectStore, SpecRegistry, Stopwatch, Trainer
from tideline.services.training_arrays import read_encoding, read_training_arrays


@dataclass(frozen=True)
class RunTrial:
    """Idempotency key: (run id, trial index); the same trial again writes the same result."""

    lake: ObjectStore
    specs: SpecRegistry
    trainers: Mapping[str, Trainer]
    stopwatch: Stopwatch
    threads: int

    def __call__(self, task: TrialTask) -> TrialResult:
        """Return the trial's score, and keep it in the lake.

        Raises:
            TrainingImpossible: the score means nothing, such as an AUC over one class.
        """
        order, trial, started = task.order, task.trial, self.stopwatch()
        metric = self.specs.load(order.model, order.spec_version).metric
        encoding = read_encoding(self.lake, order)
        arrays = read_training_arrays(self.lake, order)
        trained = self.trainers[trial.trainer].train(
            arrays.x_fit,
            arrays.y_fit,
            valid=(arrays.x_valid, arrays.y_valid),
            encoding=encoding,
            parameters=trial.parameters,
            rounds=None,
            seed=order.seed,
            threads=self.threads,
        )
        raw = trained.predict_raw(arrays.x_valid)
        statistic = metric_statistics(encoding.task, y=arrays.y_valid, raw=raw)[metric]
        score = evaluate(statistic, rows=len(arrays.y_valid))
        if not math.isfinite(score):
            raise TrainingImpossible(
                f"{metric} means nothing on the validation rows: do they hold one class?"
            )
        result = TrialResult(
            **trial.model_dump(), score=score, rounds=trained.rounds, seconds=self.stopwatch() - started
        )
        key = keys.trial_key(order.model, order.run_id, trial.index)
        self.lake.write(key, result.model_dump_json(indent=2).encode())
        return result
