"""A capsule, and what training it again gives."""

from __future__ import annotations

from typing import Any

from tests.fakes.samples import MODEL, batch, evaluated, order, sha, spec
from tideline.domain.intake.dataset import dataset_sha256
from tideline.domain.release.capsule import Capsule, capsule_batch, surroundings_of
from tideline.domain.training.run import FittedModel, TrialResult

TRIAL = TrialResult(index=4, trainer="linear", parameters={"l2": 0.1}, score=0.9, rounds=3, seconds=0.1)


def fitted(**fields: Any) -> FittedModel:
    base: dict[str, Any] = {
        "sha256": sha("artifact 1"),
        "size_bytes": 10,
        "trainer": "linear",
        "parameters": {"l2": 0.1},
        "rounds": 3,
        "score": 0.9,
        "library_versions": {"numpy": "2.4.6", "onnx": "1.23.2"},
        "platform": {"python": "3.13.1", "machine": "aarch64"},
        "code_sha256": sha("code"),
        "lock_sha256": sha("lock"),
    }
    return FittedModel.model_validate(base | fields)


def capsule(**fields: Any) -> Capsule:
    base: dict[str, Any] = {
        "model": MODEL,
        "version": 1,
        "order": order(),
        "spec_sha256": spec().sha256,
        "spec": spec(),
        "dataset_sha256": dataset_sha256([batch(1)]),
        "batches": (capsule_batch(batch(1)),),
        "holdout": 1,
        "trial": TRIAL,
        "surroundings": surroundings_of(fitted()),
        "artifact_sha256": sha("artifact 1"),
        "evaluation": evaluated(),
    }
    return Capsule.model_validate(base | fields)
