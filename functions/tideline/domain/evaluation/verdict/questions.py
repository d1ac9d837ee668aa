"""The questions that the gate asks of one candidate, filled with what was measured."""

from __future__ import annotations

import numpy as np

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.evaluation.groups.fairness import FairnessFinding
from tideline.domain.evaluation.groups.slices import SliceReport
from tideline.domain.evaluation.inference.bootstrap import Replicates
from tideline.domain.evaluation.inference.comparison import Comparison, Contest
from tideline.domain.evaluation.inference.hits import cautious, largest_step
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inference.paired import Pair
from tideline.domain.evaluation.inference.significance import student_quantile
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.domain.evaluation.verdict.checks import ChampionCheck, FloorCheck, MinimumCheck, RowsCheck
from tideline.domain.evaluation.verdict.gate import Check
from tideline.domain.evaluation.verdict.group_checks import FairnessCheck, SliceCheck
from tideline.errors import TrainingImpossible

# The smallest holdout of which `benchmarks.gate` shows that claims keep their rate: with 20 positives of 200
# rows a model worse by a margin of 0.03 passes as no worse in 3.4 % of trials instead of 2.5 %.
LEAST_ROWS = 100
LEAST_RARER_ROWS = 25


def rows_check(spec: ModelSpec, contest: Contest) -> RowsCheck:
    """Ask for enough rows; of a binary task also of the rarer class."""
    rarer = None
    if spec.task == "binary":
        positive = int(np.count_nonzero(contest.y == 1))
        rarer = min(positive, len(contest.y) - positive)
    return RowsCheck(rows=len(contest.y), rarer=rarer, least=LEAST_ROWS, least_rarer=LEAST_RARER_ROWS)


def floor_check(spec: ModelSpec, contest: Contest, comparison: Comparison) -> FloorCheck:
    """Ask whether it beats the best constant answer."""
    metric, ours = spec.metric, comparison.candidate[spec.metric]
    gain = contest.versus(contest.floor).interval(
        ours.minus(comparison.floor), metric=metric, confidence=spec.evaluation.confidence
    )
    return FloorCheck(
        metric=metric,
        candidate=ours.estimate,
        floor=comparison.floor.estimate,
        gain=defined(gain, spec, rows=len(contest.y)),
    )


def minimum_check(spec: ModelSpec, contest: Contest, ours: Replicates) -> MinimumCheck | None:
    """Ask whether it reaches the spec's minimum, None where there is none."""
    minimum = spec.evaluation.minimum
    if minimum is None:
        return None
    known = decisive_interval(ours, spec)
    step = None if spec.task == "regression" else largest_step(spec.metric, contest.y)
    if step is not None:
        wide = cautious(
            known,
            error=float(ours.values.std(ddof=1)),
            quantile=student_quantile((1 + known.confidence) / 2, freedom=len(contest.y) - 1),
            spoke=int(np.count_nonzero(named_class(spec.task, contest.candidate) != contest.y)),
            step=step,
        )
        # The upper bound stays within the metric's range.
        known = known.model_copy(update={"low": wide.low})
    return MinimumCheck(metric=spec.metric, candidate=known, minimum=minimum)


def champion_check(spec: ModelSpec, pair: Pair, comparison: Comparison, *, version: int) -> ChampionCheck:
    """Ask whether it is no worse, or better, than the champion; `pair` is of these two."""
    metric, rules = spec.metric, spec.evaluation
    difference = pair.interval(comparison.differences[metric], metric=metric, confidence=rules.confidence)
    return ChampionCheck(
        metric=metric,
        version=version,
        candidate=comparison.candidate[metric].estimate,
        champion=comparison.champion[metric].estimate,
        difference=defined(difference, spec, rows=len(pair.y)),
        hypothesis=rules.hypothesis,
        margin=rules.margin,
    )


def group_checks(
    slices: SliceReport | None, fairness: tuple[FairnessFinding, ...], *, version: int | None
) -> list[Check]:
    """Ask about slices, and about each attribute's judged rate."""
    asked: list[Check] = [] if slices is None else [SliceCheck.of(slices, version=version)]
    asked += [
        FairnessCheck.of(finding, max_gap=finding.max_gap)
        for finding in fairness
        if finding.max_gap is not None
    ]
    return asked


def decisive_interval(values: Replicates, spec: ModelSpec) -> Interval:
    """Return the interval of the candidate by the metric that decides."""
    return defined(values.interval(confidence=spec.evaluation.confidence), spec, rows=values.rows)


def defined(interval: Interval | None, spec: ModelSpec, *, rows: int) -> Interval:
    """Return the interval of what decides; differences are defined where both of their sides are."""
    if interval is None:
        raise TrainingImpossible(
            f"{spec.metric} means nothing on this holdout of {rows} rows: do they hold one class?"
        )
    return interval
