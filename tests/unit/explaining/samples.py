"""Trained models with their explanations, and the raw scores and contributions to hold them against."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.lightgbm_trainer import LightGbmTrainer
from tideline.domain.encoding import Encoding
from tideline.explaining.version_explanation import VersionExplanation
from tideline.serving.deployment import Feature, Signature
from tideline.serving.instances import ModelInput


def signature_of(encoding: Encoding) -> Signature:
    features = tuple(Feature(f.name, f.type, required=False) for f in encoding.features)
    return Signature(task=encoding.task, features=features, classes=encoding.classes or None)


def inputs_of(matrix: Any, encoding: Encoding, *, missing: str = "") -> list[ModelInput]:
    """Return rows as the serving path reads them."""
    numbers = [i for i, f in enumerate(encoding.features) if f.type == "number"]
    categories = [(i, f.vocabulary) for i, f in enumerate(encoding.features) if f.type == "category"]
    return [
        (
            [float(row[i]) for i in numbers],
            [missing if np.isnan(row[i]) else words[int(row[i])] for i, words in categories],
        )
        for row in matrix
    ]


def explanation_of(model: Any, encoding: Encoding) -> VersionExplanation:
    content = model.to_explanation(encoding)
    digest = hashlib.sha256(content).hexdigest()
    return VersionExplanation(content, sha256=digest, signature=signature_of(encoding))


def artifact_answers(model: Any, encoding: Encoding, columns: Any) -> Any:
    return OnnxScorer(model.to_onnx(encoding)).predict(columns).tolist()


def forest(matrix: Any, target: Any, encoding: Encoding, *, rounds: int = 30, **parameters: Any) -> Any:
    return LightGbmTrainer().train(
        matrix, target, valid=None, encoding=encoding, parameters=parameters, rounds=rounds, seed=0, threads=1
    )


def as_array(explanations: Any, encoding: Encoding) -> Any:
    """Return contributions and, last, the base: shape ``(n, n_outputs, n_features + 1)``."""
    if encoding.task != "multiclass":
        rows = [[[e.contributions[n] for n in encoding.names] + [e.base]] for e in explanations]
    else:
        rows = [
            [[e.contributions[name][n] for n in encoding.names] + [e.base[name]] for name in encoding.classes]
            for e in explanations
        ]
    return np.array(rows)


def lightgbm_contributions(model: Any, matrix: Any) -> Any:
    found = model.booster.predict(matrix, pred_contrib=True, num_iteration=model.rounds)
    return np.asarray(found).reshape(len(matrix), -1, matrix.shape[1] + 1)
