"""Rules: they name events that exist, and every object that is dropped reaches exactly one queue."""

from __future__ import annotations

from typing import Any

from tests.infra.resources import Resources
from tideline.events.catalog import EVENTS


def patterns(resources: Resources, source: str) -> list[dict[str, Any]]:
    rules = resources.of("AWS::Events::Rule").values()
    return [r["EventPattern"] for r in rules if r["EventPattern"]["source"] == [source]]


def test_every_rule_names_a_known_event(resources: Resources) -> None:
    named = {t for p in patterns(resources, "tideline") for t in p["detail-type"]}

    assert named
    assert named <= EVENTS.keys()


def test_every_dropped_object_reaches_one_queue(resources: Resources) -> None:
    keys = [p["detail"]["object"]["key"] for p in patterns(resources, "aws.s3")]

    assert sorted(keys, key=str) == [
        [{"anything-but": {"suffix": "/model.yaml"}}],
        [{"suffix": "/model.yaml"}],
    ]


def test_every_end_of_a_run_is_heard_of(resources: Resources) -> None:
    heard = {
        status
        for pattern in patterns(resources, "aws.states")
        if "Training" in str(pattern["detail"]["stateMachineArn"])
        for status in pattern["detail"]["status"]
    }

    assert heard == {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
