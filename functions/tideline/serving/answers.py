"""From a model's numbers to what a caller reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tideline.serving.deployment import Signature
from tideline.serving.problems import Problem

# The positive class is named where it is at least as likely as not.
_THRESHOLD = 0.5


class Explanation(msgspec.Struct, frozen=True):
    """What each feature adds to an answer's score: base and contributions add up to it.

    The score is the log-odds of the positive class, or the value: a number, and a number a feature. With more
    classes each has a score, the logarithm of its probability up to a constant: both are by class.
    """

    base: float | dict[str, float]
    contributions: dict[str, float | dict[str, float]]


class Prediction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One instance's answer: a number, or a class and every class's probability."""

    prediction_id: str
    value: float | str
    probabilities: dict[str, float] | None = None
    explanation: Explanation | None = None


class Answer(msgspec.Struct, frozen=True):
    """A call's answer: all of it by one version."""

    model: str
    version: int
    predictions: list[Prediction]


def interpret(raw: Sequence[list[float]], *, ids: Sequence[str], signature: Signature) -> list[Prediction]:
    """Name what each row of a model's output means.

    Raises:
        Problem: 503 where a number isn't finite: no answer is better than that one.
    """
    for position, row in enumerate(raw):
        if not all(map(math.isfinite, row)):
            raise Problem(503, f"the model gave no finite answer to instance {position}", retry_after_s=5)
    if not signature.classes:
        return [Prediction(name, row[0]) for name, row in zip(ids, raw, strict=True)]
    choose = _binary if signature.task == "binary" else _most_likely
    classes = signature.classes
    return [
        Prediction(name, classes[choose(row)], dict(zip(classes, row, strict=True)))
        for name, row in zip(ids, raw, strict=True)
    ]


def _binary(row: Sequence[float]) -> int:
    return 1 if row[1] >= _THRESHOLD else 0


def _most_likely(row: Sequence[float]) -> int:
    return row.index(max(row))
