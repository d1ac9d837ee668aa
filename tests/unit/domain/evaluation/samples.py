"""Checks to judge, each passed unless told otherwise."""

from __future__ import annotations

from typing import Any

from tideline.domain.evaluation.groups.slices import SliceFinding
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.verdict.checks import ChampionCheck, FloorCheck, MinimumCheck, RowsCheck
from tideline.domain.evaluation.verdict.group_checks import FairnessCheck, SliceCheck

METRIC = "roc_auc"


def interval(estimate: float, low: float, high: float) -> Interval:
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, resamples=2000, rows=500)


def rows(held: int = 500, *, rarer: int | None = 100) -> RowsCheck:
    return RowsCheck(rows=held, rarer=rarer, least=100, least_rarer=20)


def floor(low: float = 0.25, high: float = 0.35) -> FloorCheck:
    return FloorCheck(metric=METRIC, candidate=0.8, floor=0.5, gain=interval(0.3, low, high))


def minimum(value: float = 0.75) -> MinimumCheck:
    return MinimumCheck(metric=METRIC, candidate=interval(0.8, 0.78, 0.82), minimum=value)


def champion(difference: float = 0.006, *, width: float = 0.01, **fields: Any) -> ChampionCheck:
    return ChampionCheck(
        **{
            "metric": METRIC,
            "version": 3,
            "candidate": 0.8,
            "champion": 0.8 - difference,
            "difference": interval(difference, difference - width, difference + width),
            "hypothesis": "non_inferiority",
            "margin": 0.005,
        }
        | fields
    )


def finding(name: str = "sex = Female", difference: float = -0.05, *, blocks: bool = True) -> SliceFinding:
    return SliceFinding(
        name=name,
        where={"sex": "Female"},
        rows=1234,
        candidate=interval(0.75, 0.74, 0.76),
        champion=interval(0.75 - difference, 0.79, 0.81),
        difference=interval(difference, difference - 0.02, difference + 0.02),
        p_value=0.0001,
        p_adjusted=0.0012,
        blocks=blocks,
        unjudged=None,
    )


def slices(*, blocking: int = 0, tested: int = 12, version: int | None = 3) -> SliceCheck:
    return SliceCheck(
        metric=METRIC,
        version=version,
        blocking=tuple(finding(f"sex = {number}") for number in range(blocking)),
        tested=tested,
        unjudged=2,
        too_small=5,
        alpha=0.025,
    )


def fairness(gap: float | None = 0.05, *, attribute: str = "sex") -> FairnessCheck:
    return FairnessCheck(
        attribute=attribute,
        metric="true_positive_rate",
        gap=None if gap is None else interval(gap, gap - 0.02, gap + 0.02),
        highest=None if gap is None else "Male",
        lowest=None if gap is None else "",
        max_gap=0.1,
        unjudged="the holdout has no such column" if gap is None else None,
    )
