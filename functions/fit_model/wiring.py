"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from fit_model.settings import Settings
from tideline.adapters import aws
from tideline.adapters.training.environment import library_versions, platform_facts
from tideline.adapters.training.trainers import THREADS, trainers
from tideline.runtime.settings import load
from tideline.services.fit_model import FitModel


@cache
def fit_model() -> FitModel:
    """Return the use case on AWS."""
    settings = load(Settings)
    return FitModel(
        lake=aws.bucket(settings.lake_bucket),
        trainers=trainers(),
        library_versions=library_versions(),
        threads=THREADS,
        platform=platform_facts(),
        code_sha256=settings.code_sha256,
        lock_sha256=settings.lock_sha256,
    )
