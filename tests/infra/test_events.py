"""Rules: they name events that exist, and every object that is dropped reaches a queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.infra.resources import Resources
from tideline.events.catalog import COMMANDS as COMMAND_TYPES
from tideline.events.catalog import EVENTS

COMMANDS = {command.detail_type() for command in COMMAND_TYPES}


def patterns(resources: Resources, source: str) -> list[dict[str, Any]]:
    rules = resources.of("AWS::Events::Rule").values()
    return [r["EventPattern"] for r in rules if r["EventPattern"]["source"] == [source]]


def test_every_rule_names_a_known_event(resources: Resources) -> None:
    named = {t for p in patterns(resources, "tideline") for t in p["detail-type"]}

    assert named
    assert named <= EVENTS.keys()


def test_every_dropped_object_is_heard_of(resources: Resources) -> None:
    """Batches and labels are heard of twice, and answered once: `parse_inbox_key` tells whose they are."""
    keys = [p["detail"]["object"]["key"] for p in patterns(resources, "aws.s3")]

    assert sorted(keys, key=str) == [
        [{"anything-but": {"suffix": "/model.yaml"}}],
        [{"suffix": "/model.yaml"}],
        [{"wildcard": "*/batch/*"}],
        [{"wildcard": "*/labels/*"}],
    ]


def test_every_failure_of_a_batch_is_heard_of(resources: Resources) -> None:
    (heard,) = (
        set(pattern["detail"]["status"])
        for pattern in patterns(resources, "aws.states")
        if "Batch" in str(pattern["detail"]["stateMachineArn"])
    )

    assert heard == {"FAILED", "TIMED_OUT", "ABORTED"}


def test_every_end_of_a_run_is_heard_of(resources: Resources) -> None:
    heard = {
        status
        for pattern in patterns(resources, "aws.states")
        if "Training" in str(pattern["detail"]["stateMachineArn"])
        for status in pattern["detail"]["status"]
    }

    assert heard == {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def test_only_a_drift_that_does_harm_reaches_the_queue_of_runs(resources: Resources) -> None:
    rules = resources.of("AWS::Events::Rule")
    fed = [
        rule["EventPattern"]
        for rule in rules.values()
        if any("TrainingQueue" in str(target["Arn"]) for target in rule["Targets"])
    ]
    drift = [pattern for pattern in fed if "DriftDetected" in pattern.get("detail-type", ())]

    assert [pattern["detail"] for pattern in drift] == [{"severity": ["retrain"]}]
    assert [pattern["detail-type"] for pattern in drift] == [["DriftDetected"]]
    heard = {name for pattern in fed for name in pattern.get("detail-type", ())}
    assert heard == {
        "DatasetAccepted",
        "DriftDetected",
        "PerformanceDropped",
        "RetrainRequested",
        "ReviewRequested",
        "SpecApplied",
    }


def test_what_schedules_send_is_a_command_on_aws_and_is_made_one_locally(
    resources_of: Callable[[str], Resources],
) -> None:
    assert patterns(resources_of("dev"), "aws.scheduler") == []

    rules = resources_of("local").of("AWS::Events::Rule").values()
    scheduled = [rule for rule in rules if rule["EventPattern"]["source"] == ["aws.scheduler"]]
    texts = [rule["Targets"][0]["InputTransformer"]["InputTemplate"] for rule in scheduled]
    commands = {name for name in COMMANDS if any(f'"detail-type":"{name}"' in text for text in texts)}
    assert commands == {"MonitorRequested", "RetrainRequested", "ReviewRequested"}
    assert all('"detail":<detail>' in text for text in texts)
