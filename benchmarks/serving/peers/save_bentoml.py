"""Run by BentoML's own interpreter: save a booster in its model store."""

from __future__ import annotations

import sys

import bentoml
import lightgbm

if __name__ == "__main__":
    text, _ = sys.argv[1:]
    bentoml.lightgbm.save_model("churn", lightgbm.Booster(model_file=text))
