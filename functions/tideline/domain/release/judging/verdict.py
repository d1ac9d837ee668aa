"""From evidence to a judgement: go on, hold, or roll back, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tideline.domain.contract.durations import format_duration
from tideline.domain.contract.release_spec import AbStrategy, GuardrailSpec, ReleaseStrategy
from tideline.domain.evaluation.verdict.check_words import shortened
from tideline.domain.release.deployment import Rollout
from tideline.domain.release.judgement import CheckResult, JudgedOutcome, Judgement
from tideline.domain.release.judging.agreement import describe_agreement
from tideline.domain.release.judging.answers import compare_answers
from tideline.domain.release.judging.evidence import Evidence
from tideline.domain.release.judging.failures import compare_failures
from tideline.domain.release.judging.latency import compare_latency
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.pacing import wait_until_next_look
from tideline.domain.release.judging.quality import QualityRule, compare_quality

# Failures, latency, answers and quality: the alpha is split between them, whether or not there are outcomes.
_CHECKS = 4


@dataclass(frozen=True)
class JudgingRules:
    """What a release is judged by.

    Attributes:
        confidence: That nothing is called certainly worse that is not, in the whole release.
        outputs: Names of the columns of the scores, where there are several or a probability.
    """

    model: str
    guardrails: GuardrailSpec
    strategy: ReleaseStrategy
    quality: QualityRule
    confidence: float
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Step:
    """A step as it stands at one look."""

    rules: JudgingRules
    rollout: Rollout
    evidence: Evidence
    checks: tuple[CheckResult, ...]
    elapsed_s: float

    def judgement(self, outcome: JudgedOutcome, *reasons: str | None, wait_s: int = 0) -> Judgement:
        return Judgement(
            outcome=outcome,
            reasons=tuple(shortened(reason) for reason in reasons if reason),
            champion_calls=len(self.evidence.champion),
            challenger_calls=len(self.evidence.challenger),
            wait_s=wait_s,
            checks=self.checks,
        )

    def held(self, *reasons: str, limit_s: int) -> Judgement:
        wait = wait_until_next_look(self.rules.strategy, elapsed_s=self.elapsed_s, limit_s=limit_s)
        return self.judgement("hold", *reasons, wait_s=wait)

    @property
    def way_out(self) -> str:
        release = f"tideline release {self.rules.model} {self.rollout.version} --all-at-once"
        return f"if you want version {self.rollout.version} live nevertheless, run `{release}`"


def judge(evidence: Evidence, *, rollout: Rollout, rules: JudgingRules, at: datetime) -> Judgement:
    """Judge a step by all its evidence; the same evidence at the same time gets the same judgement."""
    step = _Step(
        rules=rules,
        rollout=rollout,
        evidence=evidence,
        checks=_checks(evidence, rollout=rollout, rules=rules),
        elapsed_s=max(0.0, (at - rollout.since).total_seconds()),
    )
    worse = [check for check in step.checks if check.verdict == "worse"]
    if worse:
        told = [
            f"version {rollout.version} is certainly worse in {check.name}: {check.text}" for check in worse
        ]
        return step.judgement("roll_back", *told, _agreement(step))
    return _judge_ab(step, rules.strategy) if isinstance(rules.strategy, AbStrategy) else _judge_step(step)


def over(*, release_id: str, step: int) -> Judgement:
    """Return the answer about a step that is not the one under way."""
    return Judgement(outcome="over", reasons=(f"release {release_id} is not at step {step} any more",))


def _checks(evidence: Evidence, *, rollout: Rollout, rules: JudgingRules) -> tuple[CheckResult, ...]:
    bounds = rules.guardrails
    level = Level(1 - rules.confidence, evidence.paired).split(rollout.steps * _CHECKS)
    return (
        compare_failures(evidence, level=level, allowed=bounds.error_rate),
        compare_latency(evidence, level=level, allowed=bounds.slowdown),
        compare_answers(evidence, level=level, allowed=bounds.shift, outputs=rules.outputs),
        compare_quality(evidence, level=level, rule=rules.quality),
    )


def _judge_step(step: _Step) -> Judgement:
    """A canary's or a shadow's step is passed where there is enough to see and nothing is certainly worse."""
    bounds, rollout = step.rules.guardrails, step.rollout
    answered = len(step.evidence.challenger.answered)
    if answered >= bounds.min_calls:
        passed = f"version {rollout.version} answered {answered:,} calls and is certainly worse in nothing"
        return step.judgement("go_on", passed, *(check.text for check in step.checks), _agreement(step))
    so_far = f"version {rollout.version} has answered {answered:,} of {bounds.min_calls:,} calls"
    if step.elapsed_s < bounds.patience:
        return step.held(f"{so_far} that this step needs", limit_s=bounds.patience)
    return step.judgement(
        "roll_back",
        f"{so_far} within {format_duration(bounds.patience)}: there is too little traffic to judge it;"
        f" lower release.guardrails.min_calls or raise patience, or, {step.way_out}",
    )


def _judge_ab(step: _Step, strategy: AbStrategy) -> Judgement:
    """An A/B test is over once realised quality decides, and enough calls were answered."""
    quality = next(check for check in step.checks if check.name == "quality")
    answered, needed = len(step.evidence.challenger.answered), step.rules.guardrails.min_calls
    wanted = "better" if step.rules.quality.superior else "no worse than allowed"
    if quality.verdict == "not_worse" and answered >= needed:
        told = f"version {step.rollout.version} is certainly {wanted}: {quality.text}"
        return step.judgement("go_on", told, *(c.text for c in step.checks if c is not quality))
    undecided = (
        f"version {step.rollout.version} has answered {answered:,} of {needed:,} calls that this takes"
        if quality.verdict == "not_worse"
        else f"it is not certain that version {step.rollout.version} is {wanted}: {quality.text}"
    )
    if step.elapsed_s < strategy.within:
        return step.held(undecided, limit_s=strategy.within)
    return step.judgement(
        "roll_back",
        f"after {format_duration(strategy.within)} the champion stays: {undecided};"
        f" {'send labels, ' if quality.challenger is None else ''}raise ab, within or evaluation.margin,"
        f" or, {step.way_out}",
    )


def _agreement(step: _Step) -> str | None:
    if not step.evidence.paired:
        return None
    return describe_agreement(step.evidence, regression=step.rules.quality.regression)
