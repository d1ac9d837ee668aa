from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, ReleaseStrategy, ShadowStrategy
from tideline.domain.release.judging.pacing import MAX_LOOKS, wait_until_next_look

# The longest time that a spec can say: 999,999 days.
durations = st.integers(1, 999_999 * 86_400)


def looks(strategy: ReleaseStrategy, *, first: float, limit_s: int) -> int:
    """Count looks at a step that is held until the limit."""
    elapsed, count = first, 0
    while elapsed < limit_s:
        wait = wait_until_next_look(strategy, elapsed_s=elapsed, limit_s=limit_s)
        assert isinstance(wait, int)
        assert wait >= 1
        elapsed, count = elapsed + wait, count + 1
    assert elapsed < limit_s + 1 or count == 0
    return count


@given(durations, durations)
def test_a_canary_is_looked_at_a_bounded_number_of_times(every: int, patience: int) -> None:
    assert looks(CanaryStrategy(canary=(10,), every=every), first=0, limit_s=patience) <= MAX_LOOKS


@given(durations, durations)
def test_a_shadow_is_looked_at_a_bounded_number_of_times(shadow: int, patience: int) -> None:
    assert looks(ShadowStrategy(shadow=shadow), first=0, limit_s=patience) <= MAX_LOOKS


@given(durations, durations)
def test_an_ab_test_is_looked_at_a_bounded_number_of_times(every: int, within: int) -> None:
    assert looks(AbStrategy(ab=50, every=every, within=within), first=0, limit_s=within) <= MAX_LOOKS + 1


def test_the_wait_is_a_tenth_of_a_step_and_at_least_a_second() -> None:
    ten_minutes, quick = CanaryStrategy(canary=(10,), every="10m"), CanaryStrategy(canary=(10,), every="2s")

    assert wait_until_next_look(ten_minutes, elapsed_s=600, limit_s=86_400) == 60
    assert wait_until_next_look(quick, elapsed_s=2, limit_s=86_400) == 1
    assert wait_until_next_look("all-at-once", elapsed_s=0, limit_s=86_400) == 60


def test_nobody_waits_beyond_the_limit() -> None:
    assert wait_until_next_look(AbStrategy(ab=50, every="1h"), elapsed_s=86_390.5, limit_s=86_400) == 10
