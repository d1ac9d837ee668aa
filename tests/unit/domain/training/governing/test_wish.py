from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.registry import FakeRunRegistry
from tests.fakes.samples import MODEL, order, run
from tideline.domain.training.admission import Admission, Denial, Request
from tideline.domain.training.governing.news import already_told, is_news, is_news_remembered
from tideline.domain.training.governing.wish import Wish, is_remembered, strength, wish_of
from tideline.domain.training.run import RunStatus, Trigger

PASSING = [Denial.IN_FLIGHT, Denial.COOLDOWN, Denial.RUN_BUDGET, Denial.COST_BUDGET, Denial.BREAKER_OPEN]
REQUESTS = st.builds(
    Request,
    model=st.just(MODEL),
    trigger=st.sampled_from(Trigger),
    event_id=st.uuids().map(str),
    force=st.booleans(),
)


def wish(trigger: Trigger = Trigger.DRIFT, denial: Denial = Denial.COOLDOWN, **fields: object) -> Wish:
    return Wish(model=MODEL, trigger=trigger, event_id="e", denial=denial, **fields)  # type: ignore[arg-type]


def test_people_come_before_what_was_measured_and_that_before_calendar_and_files() -> None:
    ranked = [
        Request(MODEL, Trigger.DATA, ""),
        Request(MODEL, Trigger.SCHEDULE, ""),
        Request(MODEL, Trigger.DRIFT, ""),
        Request(MODEL, Trigger.PERFORMANCE, ""),
        Request(MODEL, Trigger.REQUEST, ""),
        Request(MODEL, Trigger.REQUEST, "", force=True),
    ]
    ranks = [strength(request) for request in ranked]
    assert ranks == sorted(set(ranks))


@given(st.lists(REQUESTS, min_size=1))
def test_in_any_order_the_strongest_is_kept_and_of_equals_the_newest(requests: list[Request]) -> None:
    kept = FakeRunRegistry()
    for request in requests:
        kept.remember(wish_of(request, Admission(Denial.COOLDOWN), after_run=""))
    found = kept.remembered(MODEL)
    most = max(strength(request) for request in requests)
    assert found is not None
    assert found.request == [request for request in requests if strength(request) == most][-1]


def test_a_request_comes_back_as_it_was() -> None:
    request = Request(MODEL, Trigger.REQUEST, "e", dataset_version=3, requested_by="ann", force=True)
    assert wish_of(request, Admission(Denial.COOLDOWN), after_run="r").request == request
    with pytest.raises(ValueError, match="was admitted"):
        wish_of(request, Admission(None), after_run="r")


def test_what_an_older_edition_remembered_is_still_read() -> None:
    fields = '"event_id":"e","dataset_version":2,"requested_by":"","force":false'
    old = f'{{"model":"churn","trigger":"data",{fields}}}'
    found = Wish.model_validate_json(old)
    assert found.request == Request(MODEL, Trigger.DATA, "e", dataset_version=2)
    assert not found.is_fulfilled_by([run()])


@pytest.mark.parametrize("trigger", Trigger)
def test_what_passes_is_waited_for_and_what_does_not_is_not(trigger: Trigger) -> None:
    request = Request(MODEL, trigger, "e")
    patient = trigger in (Trigger.DRIFT, Trigger.PERFORMANCE)
    for denial in Denial:
        expected = denial in PASSING or (denial is Denial.NOTHING_NEW and patient)
        assert is_remembered(request, denial) == expected


class TestFulfilled:
    def test_by_any_run_that_began_later(self) -> None:
        runs = [run(order(1)), run(order(2))]
        assert wish(after_run=runs[0].order.run_id).is_fulfilled_by(runs)
        assert not wish(after_run=runs[1].order.run_id).is_fulfilled_by(runs)
        assert not wish(after_run="").is_fulfilled_by(runs)

    def test_but_not_by_the_same_work_once_more_where_something_new_is_waited_for(self) -> None:
        runs = [run(order(1)), run(order(1, attempt=2))]
        waiting = wish(denial=Denial.NOTHING_NEW, after_run=runs[0].order.run_id)
        assert not waiting.is_fulfilled_by(runs)
        assert waiting.is_fulfilled_by([*runs, run(order(1, 2))])

    @pytest.mark.parametrize("status", RunStatus)
    def test_by_the_run_that_was_doing_it_only_where_that_made_a_better_version(
        self, status: RunStatus
    ) -> None:
        doing = run(order(1), status)
        waiting = wish(denial=Denial.NOTHING_NEW, after_run=doing.order.run_id, doing=doing.order.run_id)
        assert waiting.is_fulfilled_by([doing]) == (status is RunStatus.REGISTERED)
        assert not wish(denial=Denial.NOTHING_NEW, after_run=doing.order.run_id).is_fulfilled_by([doing])


def told_of(request: Request, denial: Denial, before: Wish | None, *, stored: bool = True) -> bool:
    return is_news_remembered(request, denial, told=already_told(request, before), stored=stored)


class TestNews:
    @pytest.mark.parametrize("denial", PASSING)
    @pytest.mark.parametrize("trigger", [Trigger.DRIFT, Trigger.PERFORMANCE, Trigger.SCHEDULE])
    def test_that_a_model_waits_is_told_once_for_each_reason(self, trigger: Trigger, denial: Denial) -> None:
        request = Request(MODEL, trigger, "new")
        other = next(d for d in PASSING if d is not denial)
        assert told_of(request, denial, None)
        assert not told_of(request, denial, wish(trigger, denial, told=denial))
        assert told_of(request, denial, wish(trigger, other, told=other))

    def test_what_is_remembered_and_was_not_told_is_told_by_who_comes_next(self) -> None:
        assert told_of(Request(MODEL, Trigger.DRIFT, "new"), Denial.COOLDOWN, wish())

    def test_behind_a_stronger_wish_nothing_is_told(self) -> None:
        request = Request(MODEL, Trigger.DRIFT, "new")
        assert not told_of(request, Denial.COOLDOWN, wish(Trigger.PERFORMANCE), stored=False)

    @pytest.mark.parametrize("denial", PASSING)
    @pytest.mark.parametrize("stored", [False, True])
    def test_every_person_is_answered_and_again_where_the_reason_changes(
        self, denial: Denial, stored: bool
    ) -> None:
        request = Request(MODEL, Trigger.REQUEST, "e")
        other = next(d for d in PASSING if d is not denial)
        own = wish(Trigger.REQUEST, denial, told=denial)
        assert is_news(request, denial)
        assert told_of(replace(request, event_id="new"), denial, own, stored=stored)
        assert not told_of(request, denial, own, stored=stored)
        assert told_of(request, other, own, stored=stored)

    def test_of_files_only_limits_that_people_set_are_told(self) -> None:
        request = Request(MODEL, Trigger.DATA, "new")
        told = {denial for denial in PASSING if told_of(request, denial, None)}
        assert told == {Denial.RUN_BUDGET, Denial.COST_BUDGET, Denial.BREAKER_OPEN}
        assert not any(is_news(request, denial) for denial in Denial)

    def test_drift_that_starts_nothing_for_good_is_no_news_of_its_own(self) -> None:
        request = Request(MODEL, Trigger.DRIFT, "new")
        assert not is_news(request, Denial.NOT_ASKED_FOR)
        assert is_news(request, Denial.UNKNOWN_MODEL)
