"""A service as BentoML's documentation writes one; the number of workers comes from the environment."""

# No `from __future__ import annotations`: BentoML reads the types of methods.

import os

import bentoml
import numpy as np


@bentoml.service(workers=int(os.environ.get("PEER_WORKERS", "1")))
class Churn:
    """Serves the booster."""

    def __init__(self) -> None:
        self.booster = bentoml.lightgbm.load_model("churn:latest")

    @bentoml.api
    def predict(self, instances: list[list[float]]) -> list[float]:
        """Return a probability for each row."""
        return self.booster.predict(np.asarray(instances)).tolist()
