"""Assess a candidate: measure everyone on the holdout, ask the gate, report both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.bootstrap import Replicates, affordable_resamples
from tideline.domain.evaluation.checks import ChampionCheck, FloorCheck, MinimumCheck, NoChampion
from tideline.domain.evaluation.comparison import Comparison, Contest, compare
from tideline.domain.evaluation.floor import best_constant
from tideline.domain.evaluation.gate import Verdict, judge
from tideline.domain.evaluation.intervals import Interval
from tideline.domain.evaluation.parity import Parity
from tideline.domain.evaluation.report import (
    BootstrapPlan,
    ChampionReport,
    EvaluationReport,
    FloorReport,
    MetricIntervals,
)
from tideline.domain.training.run import RunOrder
from tideline.errors import TrainingImpossible


@dataclass(frozen=True, eq=False)
class ChampionAnswers:
    """The live version's outputs on the holdout, shape ``(n, k)``, in the candidate's order of classes."""

    version: int
    sha256: str
    raw: FloatArray
    missing_features: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Candidate:
    """What there is to assess.

    Attributes:
        y: Holdout targets, class indices or numbers, shape ``(n,)``.
        y_train: Training targets, from which the floor is made.
        raw: The candidate's outputs on the holdout, shape ``(n, k)``.
    """

    order: RunOrder
    sha256: str
    spec: ModelSpec
    encoding: Encoding
    y: FloatArray
    y_train: FloatArray
    raw: FloatArray
    parity: Parity


def assess(candidate: Candidate, *, champion: ChampionAnswers | NoChampion) -> EvaluationReport:
    """Measure and judge.

    Raises:
        TrainingImpossible: if the metric that decides means nothing on the holdout.
    """
    contest, plan = _contest(candidate, champion), _plan(candidate)
    metric = candidate.spec.metric
    comparison = compare(contest, metric=metric, seed=plan.seed, resamples=plan.resamples)
    decisive = _defined(comparison.candidate[metric], candidate.spec)
    return EvaluationReport(
        order=candidate.order,
        artifact_sha256=candidate.sha256,
        metric=metric,
        decisive=decisive,
        rows=len(candidate.y),
        class_rows=_class_rows(candidate),
        candidate=_intervals(comparison.candidate, plan.confidence),
        champion=_champion_report(champion, comparison, plan.confidence),
        floor=FloorReport(answer=tuple(contest.constant.tolist()), value=comparison.floor.estimate),
        parity=candidate.parity,
        bootstrap=plan,
        verdict=_verdict(candidate.spec, comparison, champion),
    )


def _contest(candidate: Candidate, champion: ChampionAnswers | NoChampion) -> Contest:
    task, classes = candidate.spec.task, len(candidate.encoding.classes)
    return Contest(
        task=task,
        y=candidate.y,
        candidate=candidate.raw,
        champion=champion.raw if isinstance(champion, ChampionAnswers) else None,
        constant=best_constant(
            task, metric=candidate.spec.metric, y_train=candidate.y_train, classes=classes
        ),
    )


def _plan(candidate: Candidate) -> BootstrapPlan:
    return BootstrapPlan(
        strata="none" if candidate.spec.task == "regression" else "class",
        resamples=affordable_resamples(len(candidate.y)),
        confidence=candidate.spec.evaluation.confidence,
        seed=candidate.order.seed,
    )


def _class_rows(candidate: Candidate) -> dict[str, int] | None:
    if candidate.spec.task == "regression":
        return None
    classes = candidate.encoding.classes
    counts = np.bincount(candidate.y.astype(np.intp), minlength=len(classes))
    return dict(zip(classes, counts.tolist(), strict=True))


def _intervals(replicates: Mapping[str, Replicates], confidence: float) -> MetricIntervals:
    return {name: values.interval(confidence=confidence) for name, values in replicates.items()}


def _champion_report(
    champion: ChampionAnswers | NoChampion, comparison: Comparison, confidence: float
) -> ChampionReport | None:
    if isinstance(champion, NoChampion):
        return None
    return ChampionReport(
        version=champion.version,
        sha256=champion.sha256,
        metrics=_intervals(comparison.champion, confidence),
        differences=_intervals(comparison.differences, confidence),
        missing_features=champion.missing_features,
    )


def _verdict(spec: ModelSpec, comparison: Comparison, champion: ChampionAnswers | NoChampion) -> Verdict:
    metric, minimum = spec.metric, spec.evaluation.minimum
    value = comparison.candidate[metric].estimate
    floor = FloorCheck(
        metric=metric,
        candidate=value,
        floor=comparison.floor.estimate,
        gain=_defined(comparison.candidate[metric].minus(comparison.floor), spec),
    )
    return judge(
        floor=floor,
        minimum=None if minimum is None else MinimumCheck(metric=metric, candidate=value, minimum=minimum),
        champion=champion
        if isinstance(champion, NoChampion)
        else _champion_check(spec, comparison, version=champion.version),
    )


def _champion_check(spec: ModelSpec, comparison: Comparison, *, version: int) -> ChampionCheck:
    metric = spec.metric
    return ChampionCheck(
        metric=metric,
        version=version,
        candidate=comparison.candidate[metric].estimate,
        champion=comparison.champion[metric].estimate,
        difference=_defined(comparison.differences[metric], spec),
        margin=spec.evaluation.margin,
    )


def _defined(values: Replicates, spec: ModelSpec) -> Interval:
    """Return the interval of what decides; differences are defined where both of their sides are."""
    interval = values.interval(confidence=spec.evaluation.confidence)
    if interval is None:
        raise TrainingImpossible(
            f"{spec.metric} means nothing on this holdout of {values.rows} rows: do they hold one class?"
        )
    return interval
