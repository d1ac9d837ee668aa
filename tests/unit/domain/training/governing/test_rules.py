from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import START
from tests.fakes.samples import order, run
from tideline.domain.costs.cost import Cost, cost_of
from tideline.domain.costs.prices import us_east_1
from tideline.domain.costs.usage import Usage
from tideline.domain.training.governing.breaker import breaker, breaker_state, rejected_in_a_row
from tideline.domain.training.governing.budgets import cost_budget, run_budget
from tideline.domain.training.governing.cooldown import cooldown
from tideline.domain.training.governing.month import begin_of_month, next_month, spending
from tideline.domain.training.governing.nothing_new import nothing_new
from tideline.domain.training.run import Run, RunStatus, Trigger

HOUR, DAY = 3600, 86400
REGISTERED, REJECTED, FAILED, RUNNING = (
    RunStatus.REGISTERED,
    RunStatus.REJECTED,
    RunStatus.FAILED,
    RunStatus.RUNNING,
)
MOMENTS = st.integers(0, 80 * 365 * DAY).map(
    lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


def later(**time: float) -> datetime:
    return START + timedelta(**time)


def history(*statuses: RunStatus) -> list[Run]:
    """Runs an hour apart, each of which took half an hour."""
    return [
        run(
            order(number),
            status,
            created_at=later(hours=number),
            ended_at=None if status is RUNNING else later(hours=number, minutes=30),
        )
        for number, status in enumerate(statuses)
    ]


def dollars(value: float) -> Cost:
    return cost_of(Usage(transitions=round(value / 0.000025)), us_east_1("arm64"))


class TestCooldown:
    def test_without_one_or_without_a_run_nothing_waits(self) -> None:
        assert cooldown(history(REGISTERED), cooldown_s=None, at=START) is None
        assert cooldown([], cooldown_s=HOUR, at=START) is None

    @pytest.mark.parametrize("status", [REGISTERED, REJECTED, FAILED])
    def test_it_counts_from_the_end_of_the_last_run_whatever_it_ended_as(self, status: RunStatus) -> None:
        held = cooldown(history(REGISTERED, status), cooldown_s=HOUR, at=later(hours=2))
        assert held is not None
        assert held.until == later(hours=2, minutes=30)

    def test_a_run_that_has_not_ended_counts_from_its_beginning(self) -> None:
        held = cooldown(history(RUNNING), cooldown_s=HOUR, at=later(minutes=1))
        assert held is not None
        assert held.until == later(hours=1)

    @given(st.integers(min_value=1, max_value=30 * DAY), MOMENTS)
    def test_what_it_promises_it_keeps(self, seconds: int, at: datetime) -> None:
        held = cooldown(history(REGISTERED), cooldown_s=seconds, at=at)
        until = later(minutes=30) + timedelta(seconds=seconds)
        assert (held is None) == (at >= until)
        assert held is None or held.until == until


class TestMonth:
    @given(MOMENTS)
    def test_every_moment_is_in_its_month_and_months_follow_each_other(self, at: datetime) -> None:
        begin, end = begin_of_month(at), next_month(at)
        assert begin <= at < end
        assert timedelta(days=28) <= end - begin <= timedelta(days=31)
        assert begin_of_month(end) == end

    def test_a_month_is_one_in_utc(self) -> None:
        begun = run(created_at=datetime.fromisoformat("2026-04-01T01:00:00+02:00"))
        assert spending([begun], at=START).runs == 1

    def test_runs_of_other_months_do_not_count(self) -> None:
        runs = [run(order(n), REGISTERED, created_at=START + timedelta(days=31 * n)) for n in (-1, 0, 1)]
        assert spending(runs, at=START).runs == 1

    def test_an_unknown_cost_counts_as_the_most_that_a_run_cost(self) -> None:
        runs = history(REGISTERED, REJECTED, FAILED, RUNNING)
        runs[0], runs[1] = (
            r.model_copy(update={"cost": dollars(d)}) for r, d in zip(runs[:2], (1, 3), strict=True)
        )
        spent = spending(runs, at=START)
        assert (spent.runs, spent.cost_usd, spent.unknown) == (4, pytest.approx(7), 1)

    def test_the_most_expensive_run_may_be_of_another_month(self) -> None:
        old = run(order(9), REGISTERED, created_at=START - timedelta(days=90), cost=dollars(2))
        spent = spending([old, *history(REJECTED, FAILED)], at=START)
        assert (spent.runs, spent.unknown) == (2, 2)
        assert spent.cost_usd == pytest.approx(4)


class TestBudgets:
    def test_the_month_after_lets_runs_start_again(self) -> None:
        runs = history(REGISTERED, FAILED)
        held = run_budget(runs, limit=2, at=later(days=30))
        assert held is not None
        assert held.until == datetime(2026, 4, 1, tzinfo=UTC)
        assert run_budget(runs, limit=2, at=held.until) is None
        assert run_budget(runs, limit=3, at=later(days=30)) is None
        assert run_budget(runs, limit=None, at=START) is None

    def test_december_is_followed_by_january(self) -> None:
        begun = run(created_at=datetime(2026, 12, 31, 23, tzinfo=UTC))
        held = run_budget([begun], limit=1, at=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
        assert held is not None
        assert held.until == datetime(2027, 1, 1, tzinfo=UTC)

    def test_money_that_is_spent_holds_runs_back(self) -> None:
        runs = [r.model_copy(update={"cost": dollars(2)}) for r in history(REGISTERED, REJECTED)]
        assert cost_budget(runs, limit_usd=4.01, at=START) is None
        assert cost_budget(runs, limit_usd=None, at=START) is None
        held = cost_budget(runs, limit_usd=4.0, at=START)
        assert held is not None
        assert held.until == datetime(2026, 4, 1, tzinfo=UTC)
        assert "$4.0000" in held.explanation

    def test_costs_that_nobody_knows_do_not_switch_it_off(self) -> None:
        old = run(order(9), REGISTERED, created_at=START - timedelta(days=90), cost=dollars(2))
        runs = [old, *history(REJECTED, FAILED)]
        assert cost_budget(runs, limit_usd=4.01, at=START) is None
        held = cost_budget(runs, limit_usd=4.0, at=START)
        assert held is not None
        assert "2 of them counted as the most expensive run so far" in held.explanation

    def test_where_no_cost_was_ever_known_a_month_has_one_run(self) -> None:
        assert cost_budget([], limit_usd=100, at=START) is None
        assert cost_budget(history(RUNNING), limit_usd=100, at=START) is None
        held = cost_budget(history(FAILED), limit_usd=100, at=START)
        assert held is not None
        assert "could not be found out" in held.explanation
        assert held.until == datetime(2026, 4, 1, tzinfo=UTC)
        assert cost_budget(history(FAILED), limit_usd=100, at=held.until) is None
        assert cost_budget(history(FAILED), limit_usd=None, at=START) is None

    @given(st.lists(st.floats(min_value=0, max_value=5), max_size=6), st.floats(min_value=0.1, max_value=9))
    def test_a_run_more_never_lets_another_one_start(self, costs: list[float], limit: float) -> None:
        runs = [
            r.model_copy(update={"cost": dollars(cost)})
            for r, cost in zip(history(*[REGISTERED] * len(costs)), costs, strict=True)
        ]
        held = [cost_budget(runs[:n], limit_usd=limit, at=START) is not None for n in range(len(runs) + 1)]
        assert held == sorted(held)


class TestBreaker:
    @pytest.mark.parametrize(
        ("statuses", "row"),
        [
            ((), 0),
            ((REJECTED, REJECTED), 2),
            ((REJECTED, REGISTERED, REJECTED), 1),
            ((REJECTED, FAILED, REJECTED, RUNNING), 2),
            ((REJECTED, REGISTERED, FAILED), 0),
        ],
    )
    def test_a_row_ends_with_a_good_challenger_and_not_with_a_failure(
        self, statuses: tuple[RunStatus, ...], row: int
    ) -> None:
        assert len(rejected_in_a_row(history(*statuses))) == row

    def test_it_opens_lets_one_through_and_opens_or_closes_by_its_result(self) -> None:
        runs = history(REJECTED, REJECTED)
        ended = later(hours=1, minutes=30)

        def state(runs: list[Run], at: datetime) -> str:
            return breaker_state(runs, rejected=2, retry_after_s=HOUR, at=at)[0]

        assert state(runs[:1], ended) == "closed"
        assert state(runs, ended) == "open"
        assert state(runs, ended + timedelta(hours=1)) == "half_open"
        tried = history(REJECTED, REJECTED, REJECTED)
        assert state(tried, later(hours=3)) == "open"
        assert state(tried, later(hours=3, minutes=30)) == "half_open"
        assert state(history(REJECTED, REJECTED, REGISTERED), later(hours=3)) == "closed"
        assert state(history(REJECTED, REJECTED, FAILED), later(hours=3)) == "half_open"

    def test_it_says_who_was_rejected_and_when_it_goes_on(self) -> None:
        held = breaker(history(REJECTED, REJECTED), rejected=2, retry_after_s=HOUR, at=later(hours=2))
        assert held is not None
        assert "last 2 candidates" in held.explanation
        assert held.until == later(hours=2, minutes=30)
        assert breaker(history(REJECTED), rejected=2, retry_after_s=HOUR, at=START) is None

    @given(
        st.lists(st.sampled_from([REGISTERED, REJECTED, FAILED]), max_size=12),
        st.integers(min_value=1, max_value=4),
    )
    def test_only_k_rejections_at_the_end_hold_back_and_only_for_a_time(
        self, statuses: list[RunStatus], limit: int
    ) -> None:
        runs = history(*statuses)
        judged = [s for s in statuses if s is not FAILED]
        held = breaker(runs, rejected=limit, retry_after_s=100 * DAY, at=later(days=1))
        assert (held is not None) == (len(judged) >= limit and set(judged[-limit:]) == {REJECTED})
        assert held is None or held.until is not None
        assert breaker(runs, rejected=limit, retry_after_s=DAY, at=later(days=9)) is None


class TestNothingNew:
    @pytest.mark.parametrize("trigger", Trigger)
    @pytest.mark.parametrize("status", [REGISTERED, REJECTED])
    def test_the_same_work_is_done_once(self, trigger: Trigger, status: RunStatus) -> None:
        assert nothing_new([], trigger=trigger, retry_after_s=HOUR, at=START) is None
        held = nothing_new(history(status), trigger=trigger, retry_after_s=HOUR, at=later(days=9))
        assert held is not None
        assert held.until is None

    @pytest.mark.parametrize("trigger", [Trigger.DRIFT, Trigger.PERFORMANCE])
    def test_what_comes_often_tries_a_failed_run_again_after_a_while(self, trigger: Trigger) -> None:
        held = nothing_new(history(FAILED), trigger=trigger, retry_after_s=HOUR, at=later(hours=1))
        assert held is not None
        assert held.until == later(hours=1, minutes=30)
        assert nothing_new(history(FAILED), trigger=trigger, retry_after_s=HOUR, at=held.until) is None
