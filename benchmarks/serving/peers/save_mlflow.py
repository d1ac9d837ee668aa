"""Run by MLflow's own interpreter: save a booster as an MLflow model."""

from __future__ import annotations

import sys

import lightgbm
import mlflow.lightgbm

if __name__ == "__main__":
    text, folder = sys.argv[1:]
    mlflow.lightgbm.save_model(lightgbm.Booster(model_file=text), f"{folder}/model")
