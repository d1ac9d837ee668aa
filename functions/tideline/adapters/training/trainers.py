"""The trainers by the names that specs and trials use."""

from __future__ import annotations

from collections.abc import Mapping

from tideline.adapters.training.lightgbm_trainer import LightGbmTrainer
from tideline.adapters.training.linear_trainer import LinearTrainer
from tideline.ports import Trainer

# Lambda gives 1.7 processors at 3,008 MB; the number decides the last bits of a result, so it is fixed.
THREADS = 2


def trainers() -> Mapping[str, Trainer]:
    """Return every trainer by name."""
    return {"lightgbm": LightGbmTrainer(), "linear": LinearTrainer()}
