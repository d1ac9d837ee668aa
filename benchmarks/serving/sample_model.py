"""The model that both sides serve: LightGBM, 100 trees of 31 leaves over 30 numbers."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from tideline.adapters.training.forest_onnx import build_forest_model
from tideline.domain.encoding import Encoding, FeatureEncoding

MODEL = "churn"
FEATURES = tuple(f"feature_{index:02d}" for index in range(30))
CLASSES = ("no", "yes")
_ROWS = 20_000


@dataclass(frozen=True)
class Sample:
    """A trained model in both forms, a row and the right answer to it."""

    artifact: bytes
    pickled: Path
    row: dict[str, float]
    probability: float

    def document(self) -> dict[str, Any]:
        """Return the deployment record as `shift_traffic` writes it."""
        rules = {"type": "number", "required": True, "min": None, "max": None, "values": None}
        signature = {
            "task": "binary",
            "classes": CLASSES,
            "entity": None,
            "time": None,
            "features": [{"name": name, **rules} for name in FEATURES],
        }
        version = {
            "version": 3,
            "role": "champion",
            "weight": 100,
            "sha256": hashlib.sha256(self.artifact).hexdigest(),
            "key": f"{MODEL}/versions/3/model.onnx",
            "signature": signature,
        }
        return {
            "model": MODEL,
            "generation": 7,
            "versions": [version],
            "since": "2026-01-01T00:00:00Z",
            "replaces": 2,
        }


def train(folder: Path) -> Sample:
    """Train with LightGBM's scikit-learn interface on a data frame, and convert."""
    random = np.random.default_rng(7)
    frame = pd.DataFrame(random.normal(size=(_ROWS, len(FEATURES))).astype(np.float32), columns=FEATURES)
    noise = random.normal(size=_ROWS)
    signal = frame["feature_00"] + frame["feature_01"] * frame["feature_02"]
    target = (signal + noise > 0).astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=100, num_leaves=31, random_state=7, n_jobs=2, verbose=-1)
    model.fit(frame, target)
    encoding = Encoding(
        task="binary",
        features=tuple(FeatureEncoding(name=name, type="number") for name in FEATURES),
        classes=CLASSES,
    )
    pickled = folder / "model.pickle"
    pickled.write_bytes(pickle.dumps(model))
    row = {name: round(float(frame[name].iloc[0]), 4) for name in FEATURES}
    probability = float(model.predict_proba(pd.DataFrame([row]))[0, 1])
    artifact = build_forest_model(model.booster_.model_to_string(), encoding=encoding)
    return Sample(artifact=artifact, pickled=pickled, row=row, probability=probability)
