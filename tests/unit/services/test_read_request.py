from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.messages import bus_event
from tideline.domain.training.admission import Request
from tideline.domain.training.run import Trigger
from tideline.events.base import Envelope
from tideline.events.facts import RetrainDenied
from tideline.services.read_request import Review, read_request

MODEL = "doctor-visits"


def envelope(detail_type: str, **fields: Any) -> Envelope:
    return Envelope.model_validate(bus_event(detail_type, event_id="e1", **({"model": MODEL} | fields)))


@pytest.mark.parametrize(
    ("name", "fields", "trigger"),
    [
        ("DatasetAccepted", {}, Trigger.DATA),
        ("DriftDetected", {"severity": "retrain"}, Trigger.DRIFT),
        ("PerformanceDropped", {}, Trigger.PERFORMANCE),
        ("RetrainRequested", {}, Trigger.REQUEST),
        ("RetrainRequested", {"trigger": "schedule"}, Trigger.SCHEDULE),
    ],
)
def test_every_trigger_makes_a_request(name: str, fields: dict[str, Any], trigger: Trigger) -> None:
    request = read_request(envelope(name, **fields))
    assert isinstance(request, Request)
    assert (request.model, request.trigger, request.event_id) == (MODEL, trigger, "e1")


def test_a_drift_that_does_no_harm_asks_for_nothing() -> None:
    assert read_request(envelope("DriftDetected", severity="warning")) is None


@pytest.mark.parametrize("name", ["ReviewRequested", "SpecApplied"])
def test_what_may_let_a_wish_start_asks_for_a_review(name: str) -> None:
    assert read_request(envelope(name)) == Review(MODEL)


def test_a_command_that_cannot_be_read_is_answered() -> None:
    told = read_request(envelope("RetrainRequested", force="perhaps"))
    assert isinstance(told, RetrainDenied)
    assert told.reason == "malformed"


def test_an_event_that_no_rule_should_send_is_refused() -> None:
    with pytest.raises(ValueError, match="ModelDeployed asks for no run"):
        read_request(envelope("ModelDeployed"))
