from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from tests.fakes.calls import calls, evidence
from tests.fakes.clock import START
from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, GuardrailSpec, ShadowStrategy
from tideline.domain.release.deployment import Rollout
from tideline.domain.release.judgement import Judgement
from tideline.domain.release.judging.evidence import Calls, Evidence
from tideline.domain.release.judging.quality import QualityRule
from tideline.domain.release.judging.verdict import JudgingRules, judge, over

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_STRATEGIES = {
    "canary": CanaryStrategy(canary=(5, 25, 100), every="10m"),
    "shadow": ShadowStrategy(shadow="1h"),
    "ab": AbStrategy(ab=50, every="1h", within="14d"),
}


def judged(
    found: Evidence, *, kind: str = "canary", after: timedelta = 10 * MINUTE, **fields: Any
) -> Judgement:
    rollout = Rollout(
        release_id="churn-v3-0123456789ab", version=3, strategy=kind, step=1, steps=3, since=START
    )
    rules: dict[str, Any] = {
        "model": "churn",
        "guardrails": GuardrailSpec(),
        "strategy": _STRATEGIES[kind],
        "quality": QualityRule(margin=0.05, superior=False, metric="accuracy", regression=False),
        "confidence": 0.95,
    }
    return judge(found, rollout=rollout, rules=JudgingRules(**(rules | fields)), at=START + after)


def alike(number: int, *, champions: int = 900) -> Evidence:
    random = np.random.default_rng(number)
    return evidence(
        calls(champions, scores=random.random(champions)),
        calls(number, scores=random.random(number), name="b"),
    )


def test_a_step_is_passed_once_enough_calls_were_answered_and_nothing_is_worse() -> None:
    judgement = judged(alike(100))

    assert (judgement.outcome, judgement.wait_s) == ("go_on", 0)
    assert (judgement.champion_calls, judgement.challenger_calls) == (900, 100)
    assert judgement.reasons[0] == "version 3 answered 100 calls and is certainly worse in nothing"
    assert [check.name for check in judgement.checks] == ["failures", "latency", "answers", "quality"]


def test_a_step_with_too_few_calls_is_held() -> None:
    judgement = judged(alike(99))

    assert (judgement.outcome, judgement.wait_s) == ("hold", 60)
    assert "99 of 100 calls" in judgement.reasons[0]


def test_no_traffic_at_all_is_held_until_patience_ends_and_then_rolled_back() -> None:
    nobody = evidence(calls(0), calls(0))

    assert judged(nobody, after=DAY - MINUTE).outcome == "hold"
    ended = judged(nobody, after=DAY)
    assert ended.outcome == "roll_back"
    assert "tideline release churn 3 --all-at-once" in ended.reasons[0]


def test_calls_that_failed_are_no_answers() -> None:
    nearly = evidence(calls(900, failed=50), calls(104, failed=5, name="b"))

    assert judged(nearly).outcome == "hold"


def test_a_version_that_fails_is_rolled_back_before_it_has_answered_enough() -> None:
    judgement = judged(evidence(calls(900), calls(40, failed=30, name="b")))

    assert judgement.outcome == "roll_back"
    assert judgement.reasons[0].startswith(
        "version 3 is certainly worse in failures: it failed 30 of 40 calls"
    )


def test_a_version_that_answers_otherwise_is_rolled_back() -> None:
    judgement = judged(evidence(calls(900), calls(200, scores=np.full(200, 0.99), name="b")))

    assert judgement.outcome == "roll_back"
    assert "certainly worse in answers" in judgement.reasons[0]


def test_the_same_evidence_gets_the_same_judgement() -> None:
    assert judged(alike(70)) == judged(alike(70))


def test_the_last_step_may_have_left_the_champion_without_calls() -> None:
    assert judged(alike(200, champions=0)).outcome == "go_on"
    failing = evidence(calls(0), calls(300, failed=100, name="b"))
    assert judged(failing).outcome == "roll_back"


def test_more_steps_need_more_evidence_in_each() -> None:
    rules = GuardrailSpec(error_rate=0.0)
    found = evidence(calls(900), calls(60, failed=4, name="b"))
    once, often = (
        judge(
            found,
            rollout=Rollout(release_id="r", version=3, strategy="canary", step=1, steps=steps, since=START),
            rules=JudgingRules(
                model="churn",
                guardrails=rules,
                strategy=_STRATEGIES["canary"],
                quality=QualityRule(margin=0.05, superior=False, metric="accuracy", regression=False),
                confidence=0.95,
            ),
            at=START,
        ).outcome
        for steps in (1, 20)
    )
    assert (once, often) == ("roll_back", "hold")


def test_a_shadow_says_how_often_it_disagrees() -> None:
    scores, said = np.random.default_rng(1).random(300), ["a"] * 300
    other = ["b"] * 60 + ["a"] * 240
    found = evidence(
        calls(300, scores=scores, labels=said), calls(300, scores=scores, labels=other), paired=True
    )

    judgement = judged(found, kind="shadow", after=timedelta(hours=1))
    assert judgement.outcome == "go_on"
    assert any("named another class in 20 %" in reason for reason in judgement.reasons)


def labelled(number: int, right: float, name: str) -> Calls:
    truth = ["yes" if place < right * number else "no" for place in range(number)]
    scores = np.random.default_rng(number).random(number)
    return calls(number, scores=scores, labels=["yes"] * number, truth=truth, name=name)


def test_an_ab_test_ends_for_the_challenger_once_it_is_certainly_no_worse() -> None:
    judgement = judged(evidence(labelled(20_000, 0.9, "a"), labelled(20_000, 0.9, "b")), kind="ab", after=DAY)

    assert judgement.outcome == "go_on"
    assert "certainly no worse than allowed" in judgement.reasons[0]


@pytest.mark.parametrize(("right", "outcome"), [(0.91, "hold"), (0.95, "go_on")])
def test_an_ab_test_for_superiority_asks_for_more(right: float, outcome: str) -> None:
    rule = QualityRule(margin=0.05, superior=True, metric="accuracy", regression=False)
    found = evidence(labelled(8_000, 0.9, "a"), labelled(8_000, right, "b"))

    assert judged(found, kind="ab", after=DAY, quality=rule).outcome == outcome


def test_an_ab_test_ends_against_a_challenger_that_is_certainly_worse() -> None:
    judgement = judged(evidence(labelled(900, 0.9, "a"), labelled(900, 0.6, "b")), kind="ab", after=DAY)

    assert judgement.outcome == "roll_back"
    assert "certainly worse in quality" in judgement.reasons[0]


def test_an_ab_test_without_labels_is_held_and_in_the_end_the_champion_stays() -> None:
    held = judged(alike(500), kind="ab", after=DAY)
    ended = judged(alike(500), kind="ab", after=14 * DAY)

    assert (held.outcome, held.wait_s) == ("hold", 3600)
    assert ended.outcome == "roll_back"
    assert ended.reasons[0].startswith("after 14d the champion stays")
    assert "send labels" in ended.reasons[0]


def test_an_ab_test_is_not_decided_by_fewer_calls_than_the_guardrails_ask_for() -> None:
    found = evidence(labelled(20_000, 0.9, "a"), labelled(20_000, 0.9, "b"))

    judgement = judged(found, kind="ab", after=DAY, guardrails=GuardrailSpec(min_calls=30_000))
    assert judgement.outcome == "hold"
    assert "20,000 of 30,000 calls" in judgement.reasons[0]


def test_a_clock_behind_the_deployments_is_no_negative_time() -> None:
    assert judged(alike(10), after=-MINUTE).wait_s == 60


def test_another_release_or_step_is_over() -> None:
    judgement = over(release_id="churn-v3-0123456789ab", step=2)

    assert (judgement.outcome, judgement.challenger_calls) == ("over", 0)
    assert "step 2" in judgement.reasons[0]
