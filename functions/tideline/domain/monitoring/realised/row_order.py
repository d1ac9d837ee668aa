"""Labelled rows in an order of their own: numbers must not tell in which order files were read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import Flags, IndexArray
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows


def rows_at(rows: LabelledRows, places: IndexArray | Flags) -> LabelledRows:
    """Return some of the rows, in the order given."""
    return replace(
        rows,
        ids=rows.ids[places],
        times=rows.times[places],
        scores=rows.scores[places],
        y=rows.y[places],
        slices={name: values[places] for name, values in rows.slices.items()},
    )


def in_order(rows: LabelledRows) -> LabelledRows:
    """Return the rows sorted by id, and rows of one id by all that is computed with.

    Sums of floats and resamples depend on the order of rows.
    """
    texts = [_texts(values) for _, values in sorted(rows.slices.items())]
    return rows_at(rows, np.lexsort([*texts, rows.y, *rows.scores.T, rows.times, _texts(rows.ids)]))


def _texts(values: NDArray[Any]) -> NDArray[np.str_]:
    return np.array([str(value) for value in values.tolist()], dtype=np.str_)
