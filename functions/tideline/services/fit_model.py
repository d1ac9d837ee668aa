"""Fit the best trial again on all training rows, and turn it into the artifact."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tideline.domain import keys
from tideline.domain.training.matrix import encode_matrix
from tideline.domain.training.run import FitTask, FittedModel, RunOrder, TrialResult, best_trial
from tideline.ports import ObjectStore, Trained, Trainer
from tideline.services.training_arrays import read_encoding, read_holdout_columns, read_training_arrays


@dataclass(frozen=True)
class FitModel:
    """Idempotency key: the run's id; the same order fits the same bytes."""

    lake: ObjectStore
    trainers: Mapping[str, Trainer]
    library_versions: Mapping[str, str]
    threads: int
    platform: Mapping[str, str] = field(default_factory=dict)
    code_sha256: str = ""
    lock_sha256: str = ""

    def __call__(self, task: FitTask) -> FittedModel:
        """Write candidate, explanation and the trainer's own holdout predictions; return the candidate."""
        order, best = task.order, best_trial(task.results)
        encoding = read_encoding(self.lake, order)
        arrays = read_training_arrays(self.lake, order)
        trained = self.trainers[best.trainer].train(
            arrays.x_all,
            arrays.y_all,
            valid=None,
            encoding=encoding,
            parameters=best.parameters,
            rounds=best.rounds,
            seed=order.seed,
            threads=self.threads,
        )
        holdout = encode_matrix(read_holdout_columns(self.lake, order, encoding), encoding)
        self._write_native(order, trained.predict_raw(holdout))
        artifact = trained.to_onnx(encoding)
        self.lake.write(keys.run_key(order.model, order.run_id, "candidate.onnx"), artifact)
        explanation = trained.to_explanation(encoding)
        if explanation:
            self.lake.write(keys.run_key(order.model, order.run_id, keys.EXPLANATION_FILE), explanation)
        return self._fitted(best, trained, artifact, explanation)

    def _write_native(self, order: RunOrder, raw: np.ndarray) -> None:
        buffer = io.BytesIO()
        np.savez(buffer, raw=raw)
        self.lake.write(keys.run_key(order.model, order.run_id, "native.npz"), buffer.getvalue())

    def _fitted(
        self, best: TrialResult, trained: Trained, artifact: bytes, explanation: bytes
    ) -> FittedModel:
        return FittedModel(
            sha256=hashlib.sha256(artifact).hexdigest(),
            size_bytes=len(artifact),
            trainer=best.trainer,
            parameters=best.parameters,
            rounds=trained.rounds,
            score=best.score,
            library_versions=dict(self.library_versions),
            platform=dict(self.platform),
            code_sha256=self.code_sha256,
            lock_sha256=self.lock_sha256,
            explanation_sha256=hashlib.sha256(explanation).hexdigest() if explanation else "",
        )
