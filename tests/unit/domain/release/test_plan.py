from __future__ import annotations

import pytest

from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, ReleaseStrategy, ShadowStrategy
from tideline.domain.release.plan import AT_ONCE, ReleasePlan, Step, release_plan

CANARY = CanaryStrategy(canary=(5, 25, 100), every=600)


def test_a_canary_is_promoted_in_the_place_of_its_last_step() -> None:
    plan = release_plan(CANARY, first=False)
    assert plan.before == (
        Step(role="challenger", weight=5, wait_s=600),
        Step(role="challenger", weight=25, wait_s=600),
    )
    assert (plan.strategy, plan.steps, plan.step(3)) == ("canary", 3, None)


def test_a_canary_that_does_not_name_all_callers_is_promoted_after_its_last_step() -> None:
    assert release_plan(CanaryStrategy(canary=(5, 25)), first=False).steps == 3


@pytest.mark.parametrize(
    ("strategy", "step"),
    [
        (ShadowStrategy(shadow=3600), Step(role="shadow", weight=0, wait_s=3600)),
        (AbStrategy(ab=40, every=60), Step(role="challenger", weight=40, wait_s=60)),
    ],
)
def test_a_shadow_and_a_comparison_have_one_step_before_the_promotion(
    strategy: ReleaseStrategy, step: Step
) -> None:
    assert release_plan(strategy, first=False).before == (step,)


@pytest.mark.parametrize("strategy", [CANARY, ShadowStrategy(shadow=60), AbStrategy(ab=50)])
def test_what_is_first_has_nothing_to_be_compared_with(strategy: ReleaseStrategy) -> None:
    assert release_plan(strategy, first=True) == AT_ONCE
    assert AT_ONCE.step(1) is None


def test_all_at_once_has_the_promotion_only() -> None:
    assert release_plan("all-at-once", first=False) == AT_ONCE
    assert release_plan(CanaryStrategy(canary=(100,)), first=False).steps == 1


@pytest.mark.parametrize("number", [0, 4])
def test_a_step_beyond_the_plan_is_none(number: int) -> None:
    with pytest.raises(ValueError, match="there is no step"):
        release_plan(CANARY, first=False).step(number)


def test_a_plan_without_steps_is_a_promotion() -> None:
    assert ReleasePlan(strategy="canary").steps == 1
