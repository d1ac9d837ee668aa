"""What data must have before training on it means something; each refusal says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from tideline.domain.encoding import Task
from tideline.errors import TrainingImpossible

# With fewer, the standard error of an accuracy measured on the fifth held out is above 0.1: no gate could
# tell a good model from a coin.
MIN_TRAINING_ROWS = 100
MIN_HOLDOUT_ROWS = 20
# Of 20 rows a random fifth for validation holds none once in 87 times (0.8 ** 20).
MIN_CLASS_ROWS = 20
# A bootstrap resample misses all of 5 rows once in 148 times (e ** -5): intervals stay defined.
MIN_HOLDOUT_CLASS_ROWS = 5
_FLOAT32_BYTES = 4
_MB = 1_000_000


class Side(IntEnum):
    """What a row is used for."""

    FIT = 0
    VALIDATION = 1
    HOLDOUT = 2


@dataclass(frozen=True, kw_only=True)
class SplitCounts:
    """Rows by what became of them.

    Attributes:
        training: Rows to fit or validate on.
        holdout: Rows held out, in the window.
        waiting: Rows whose time is later than what is decided; they are used once there are enough.
    """

    training: int
    holdout: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class TargetCounts:
    """What the target looks like on each side.

    Attributes:
        rows: Rows of each side.
        labels: Classification: rows of each label, by side.
        spread: Regression: smallest and largest value, by side.
    """

    rows: Mapping[Side, int]
    labels: Mapping[Side, Mapping[str, int]]
    spread: Mapping[Side, tuple[float, float]]


def require_rows(counts: SplitCounts) -> None:
    """Raise `TrainingImpossible` where there are too few rows to train or to measure on."""
    waiting = (
        f"; {counts.waiting:,} rows wait, their time being later than what is decided or than now"
        if counts.waiting
        else ""
    )
    there = f"there are {counts.training:,} training rows and {counts.holdout:,} holdout rows{waiting}"
    if counts.training < MIN_TRAINING_ROWS:
        raise TrainingImpossible(
            f"{there}; at least {MIN_TRAINING_ROWS} training rows are needed: drop more data, or widen"
            " training.window"
        )
    if counts.holdout < MIN_HOLDOUT_ROWS:
        raise TrainingImpossible(
            f"{there}; at least {MIN_HOLDOUT_ROWS} holdout rows are needed: drop more data, widen"
            " training.window, or, where many rows are alike, name their `entity` or `time`"
        )


def require_spread(target: str, task: Task, *, counts: TargetCounts, classes: Sequence[str]) -> None:
    """Raise `TrainingImpossible` where a side's targets leave nothing to learn or to tell apart.

    Args:
        target: The target's name, for the message.
        task: Decides what is looked at.
        counts: Of all three sides.
        classes: In output order; (negative, positive) if binary, empty for regression.
    """
    if task == "regression":
        _require_values(target, counts)
        return
    needed = {Side.FIT: MIN_CLASS_ROWS, Side.VALIDATION: 1, Side.HOLDOUT: MIN_HOLDOUT_CLASS_ROWS}
    for side, rows in needed.items():
        found = _by_class(counts.labels.get(side, {}), task, classes)
        if sum(number >= rows for number in found.values()) < 2:  # noqa: PLR2004 - two to tell apart
            raise TrainingImpossible(
                f"the {side.name.lower()} rows hold {_listed(found)} by {target!r}; two classes with at least"
                f" {rows} rows each are needed: drop more rows of the rarer ones"
            )


def validation_fits(task: Task, counts: TargetCounts, classes: Sequence[str]) -> bool:
    """Tell whether the validation rows can score a trial: two classes, or two values."""
    if task == "regression":
        low, high = counts.spread.get(Side.VALIDATION, (0.0, 0.0))
        return low < high
    found = _by_class(counts.labels.get(Side.VALIDATION, {}), task, classes)
    return sum(number > 0 for number in found.values()) >= 2  # noqa: PLR2004 - two to tell apart


def require_room(*, rows: int, columns: int, room_bytes: int) -> None:
    """Raise `TrainingImpossible` where the training arrays would take more than `room_bytes`."""
    needed = rows * (columns + 1) * _FLOAT32_BYTES
    if needed <= room_bytes:
        return
    fitting = room_bytes // ((columns + 1) * _FLOAT32_BYTES)
    # The window is cut before the holdout, a fifth, is taken out: what fits may be a quarter larger.
    raise TrainingImpossible(
        f"{rows:,} training rows of {columns:,} features take {needed / _MB:,.0f} MB, there is room for"
        f" {room_bytes / _MB:,.0f} MB: set training.window, such as {{last_rows: {_round_down(fitting)}}}"
    )


def _require_values(target: str, counts: TargetCounts) -> None:
    for side in Side:
        low, high = counts.spread.get(side, (np.nan, np.nan))
        if not low < high:
            rows = f"{counts.rows.get(side, 0):,} {side.name.lower()} rows"
            raise TrainingImpossible(
                f"all {rows} have the same {target!r}, {low:g}:"
                " nothing can be learnt of it; drop data in which it differs"
            )


def _by_class(labels: Mapping[str, int], task: Task, classes: Sequence[str]) -> dict[str, int]:
    found = {name: labels.get(name, 0) for name in classes}
    if task == "binary":
        found[classes[0]] = sum(labels.values()) - found[classes[1]]
    return found


def _listed(found: Mapping[str, int]) -> str:
    rarest_first = sorted(found.items(), key=lambda item: item[1])[:10]
    return ", ".join(f"{number:,} of {name[:40]!r}" for name, number in rarest_first)


def _round_down(rows: int) -> int:
    digits = max(len(str(rows)) - 2, 0)
    step = int(10**digits)
    return rows // step * step
