"""`tideline.ports.Labels` on Parquet files in the lake.

Any number of files below the model's `labels/`, as `ingest_labels` writes them; the newest row of a
prediction holds. Labels by entity are not asked: the judge knows its calls by their ids. Files whose names
say that none of their labels is of these predictions are not read.
"""

# ruff: noqa: S608 - statements are built of our own names, values are parameters

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np

from tideline.adapters.predictions.id_time import made_at
from tideline.adapters.predictions.lake_files import LakeFiles, table
from tideline.domain import keys
from tideline.domain.labels.label_span import Span, may_hold
from tideline.domain.release.judging.evidence import Outcomes, Texts
from tideline.ports import ObjectStore

# Of two that were told at the same moment the larger holds: any rule will do that does not change.
_NEWEST = "DISTINCT ON (prediction_id) prediction_id, label, number"
_ORDER = "ORDER BY time DESC, label DESC NULLS LAST, number DESC NULLS LAST"


@dataclass(frozen=True)
class DuckDbLabels:
    """Attributes are those of `DuckDbPredictionLog`."""

    lake: ObjectStore
    workdir: Callable[[], AbstractContextManager[Path]]
    memory_mb: int

    def outcomes(self, model: str, ids: Texts) -> Outcomes:
        if not len(ids):
            return Outcomes.unknown(0)
        with self.workdir() as folder:
            files = LakeFiles(self.lake, folder, _wanted(ids)).fetch([keys.labels_prefix(model)])
            if not files:
                return Outcomes.unknown(len(ids))
            with table(files, folder=folder, memory_mb=self.memory_mb) as (connection, source):
                connection.register("wanted", {"id": ids, "place": np.arange(len(ids))})
                found = connection.execute(
                    f"SELECT place, label, number FROM wanted JOIN (SELECT {_NEWEST} FROM {source}"
                    f" WHERE prediction_id IN (SELECT id FROM wanted) {_ORDER}) ON prediction_id = id"
                ).fetchall()
        known = Outcomes.unknown(len(ids))
        for place, label, number in found:
            known.labels[place] = label
            known.numbers[place] = np.nan if number is None else number
        return known


def _wanted(ids: Texts) -> Callable[[str], bool]:
    """Tell which files may hold labels of some predictions, one at least: all where an id tells no time."""
    times = [made_at(one) for one in ids]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return lambda _key: True
    return partial(may_hold, period=Span(min(known), max(known)), horizon=timedelta(0))
