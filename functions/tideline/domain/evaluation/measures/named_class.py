"""Which class a model names: what is judged has to be what callers are told."""

from __future__ import annotations

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import FloatArray, IndexArray

# The positive class is named where it is at least as likely as not, as `tideline.serving.answers` does, which
# works row by row and without numpy.
_THRESHOLD = 0.5


def named_class(task: Task, raw: FloatArray) -> IndexArray:
    """Return the index of the class that serving names for each row, shape ``(n,)``.

    Args:
        task: ``binary``, where a tie is positive, or ``multiclass``, where it is the first class of the tied.
        raw: Probabilities, shape ``(n, k)``; of a binary task column 1 is the positive class.
    """
    if task == "binary":
        return (raw[:, 1] >= _THRESHOLD).astype(np.intp)
    likeliest: IndexArray = raw.argmax(axis=1)
    return likeliest
