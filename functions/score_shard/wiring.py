"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from score_shard.settings import Settings
from tideline.adapters import aws
from tideline.adapters.batch.shard_scorer import OnnxShardScorer
from tideline.runtime.settings import load
from tideline.runtime.workdir import workdir
from tideline.services.batch_signature import BatchSignatures
from tideline.services.score_shard import ScoreShard


@cache
def score_shard() -> ScoreShard:
    """Return the use case on AWS."""
    settings = load(Settings)
    lake = aws.bucket(settings.lake_bucket)
    return ScoreShard(
        lake=lake,
        signatures=BatchSignatures(lake),
        scorer=OnnxShardScorer(memory_mb=settings.memory_mb),
        workdir=workdir,
    )
