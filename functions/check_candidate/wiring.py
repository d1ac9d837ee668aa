"""Where the use case meets its adapters: the same reader of the lake as `predict` has."""

from __future__ import annotations

import time
from functools import cache

from check_candidate.settings import Settings
from tideline.runtime.settings import load
from tideline.serving.aws_reads import lake_objects
from tideline.serving.preflight import CheckCandidate


@cache
def check_candidate() -> CheckCandidate:
    """Return the use case on AWS."""
    return CheckCandidate(lake=lake_objects(load(Settings).lake_bucket), stopwatch=time.perf_counter)
