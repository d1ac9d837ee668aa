"""Assess a candidate: measure everyone on the holdout, ask the gate, report both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.groups.fairness import FairnessFinding
from tideline.domain.evaluation.groups.group_rates import measure_fairness
from tideline.domain.evaluation.groups.slice_judging import SliceRules, judge_slices
from tideline.domain.evaluation.groups.slices import SliceReport
from tideline.domain.evaluation.groups.slicing import slice_rows
from tideline.domain.evaluation.inference.bootstrap import Replicates, affordable_resamples
from tideline.domain.evaluation.inference.comparison import Comparison, Contest, compare
from tideline.domain.evaluation.measures.floor import best_constant
from tideline.domain.evaluation.parity import Parity
from tideline.domain.evaluation.report import (
    BootstrapPlan,
    ChampionReport,
    EvaluationReport,
    FloorReport,
    MetricIntervals,
)
from tideline.domain.evaluation.verdict.checks import NoChampion
from tideline.domain.evaluation.verdict.gate import Check, judge
from tideline.domain.evaluation.verdict.questions import (
    champion_check,
    decisive_interval,
    floor_check,
    group_checks,
    minimum_check,
    rows_check,
)
from tideline.domain.training.run import RunOrder


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
        columns: Raw holdout columns by name, shape ``(n,)`` each: every feature, and attributes of fairness
            that are none.
    """

    order: RunOrder
    sha256: str
    spec: ModelSpec
    encoding: Encoding
    y: FloatArray
    y_train: FloatArray
    raw: FloatArray
    columns: Mapping[str, NDArray[Any]]
    parity: Parity


def assess(candidate: Candidate, *, champion: ChampionAnswers | NoChampion) -> EvaluationReport:
    """Measure and judge.

    Raises:
        TrainingImpossible: if the metric that decides means nothing on the holdout.
    """
    spec, contest, plan = candidate.spec, _contest(candidate, champion), _plan(candidate)
    comparison = compare(contest, metric=spec.metric, seed=plan.seed, resamples=plan.resamples)
    decisive = decisive_interval(comparison.candidate[spec.metric], spec)
    slices, fairness = _slices(candidate, contest), _fairness(candidate)
    version = champion.version if isinstance(champion, ChampionAnswers) else None
    asked: list[Check | None] = [
        rows_check(spec, contest),
        floor_check(spec, contest, comparison),
        minimum_check(spec, contest, comparison.candidate[spec.metric]),
        champion
        if isinstance(champion, NoChampion)
        else champion_check(spec, contest.versus(champion.raw), comparison, version=champion.version),
        *group_checks(slices, fairness, version=version),
    ]
    return EvaluationReport(
        order=candidate.order,
        artifact_sha256=candidate.sha256,
        metric=spec.metric,
        decisive=decisive,
        rows=len(candidate.y),
        class_rows=_class_rows(candidate),
        candidate=_intervals(comparison.candidate, plan.confidence),
        champion=_champion_report(champion, contest, comparison, plan.confidence),
        floor=FloorReport(answer=tuple(contest.constant.tolist()), value=comparison.floor.estimate),
        parity=candidate.parity,
        bootstrap=plan,
        slices=slices,
        fairness=fairness,
        verdict=judge([check for check in asked if check is not None]),
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
    champion: ChampionAnswers | NoChampion, contest: Contest, comparison: Comparison, confidence: float
) -> ChampionReport | None:
    if isinstance(champion, NoChampion):
        return None
    pair = contest.versus(champion.raw)
    return ChampionReport(
        version=champion.version,
        sha256=champion.sha256,
        metrics=_intervals(comparison.champion, confidence),
        differences={
            name: pair.interval(difference, metric=name, confidence=confidence)
            for name, difference in comparison.differences.items()
        },
        missing_features=champion.missing_features,
    )


def _slices(candidate: Candidate, contest: Contest) -> SliceReport | None:
    spec, rules = candidate.spec, candidate.spec.evaluation
    if not rules.slices:
        return None
    return judge_slices(
        contest,
        slice_rows(candidate.columns, rules.slices, min_rows=rules.min_slice_rows),
        rules=SliceRules(
            metric=spec.metric,
            margin=rules.margin,
            confidence=rules.confidence,
            min_rows=rules.min_slice_rows,
            seed=candidate.order.seed,
            classes=candidate.encoding.classes,
        ),
    )


def _fairness(candidate: Candidate) -> tuple[FairnessFinding, ...]:
    rules = candidate.spec.evaluation.fairness
    if rules is None:
        return ()
    return measure_fairness(
        candidate.spec.task,
        y=candidate.y,
        raw=candidate.raw,
        columns=candidate.columns,
        rules=rules,
        confidence=candidate.spec.evaluation.confidence,
    )
