"""The prediction log's way into the lake, and the table that describes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.constructs.prediction_table import glue_type
from tests.infra.resources import Resources
from tests.infra.test_grants import actions, granted, statements
from tideline.domain.prediction_log import COLUMNS

Of = Callable[[str], Resources]


def only(resources: Resources, kind: str) -> dict[str, Any]:
    (found,) = resources.of(kind).values()
    return dict(found)


def test_only_the_log_of_predict_is_subscribed_and_may_call(resources: Resources) -> None:
    subscription = only(resources, "AWS::Logs::SubscriptionFilter")
    (permission,) = (
        p for p in resources.of("AWS::Lambda::Permission").values() if p["Principal"] == "logs.amazonaws.com"
    )

    group = subscription["LogGroupName"]["Ref"]
    assert group.startswith("ServingPredictLogs")
    assert permission["SourceArn"]["Fn::GetAtt"] == [group, "Arn"]
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert permission["FunctionName"] == subscription["DestinationArn"]
    assert permission["FunctionName"]["Fn::GetAtt"][0].startswith("CaptureCapturePredictions")


def test_nobody_is_subscribed_before_they_may_be_called(resources: Resources) -> None:
    (subscription,) = (
        r for r in resources.template["Resources"].values() if r["Type"] == "AWS::Logs::SubscriptionFilter"
    )

    assert any("FromLogs" in name for name in subscription["DependsOn"])


def test_aws_filters_by_field_and_the_local_cloud_by_the_word(resources_of: Of) -> None:
    patterns = {
        name: only(resources_of(name), "AWS::Logs::SubscriptionFilter")["FilterPattern"]
        for name in ("dev", "prod", "local")
    }

    assert patterns == {
        "dev": '{ $.type = "prediction" }',
        "prod": '{ $.type = "prediction" }',
        "local": '"prediction"',
    }


def test_what_cannot_be_captured_is_a_dead_letter_that_people_are_told_of(resources: Resources) -> None:
    failures = only(resources, "AWS::Lambda::EventInvokeConfig")
    letters = failures["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]

    assert failures["FunctionName"]["Ref"].startswith("CaptureCapturePredictions")
    assert (failures["MaximumRetryAttempts"], failures["MaximumEventAgeInSeconds"]) == (2, 21_600)
    assert resources.of("AWS::SQS::Queue")[letters]["MessageRetentionPeriod"] == 14 * 86_400
    assert letters in json.dumps(resources.template["Outputs"]["DeadLetterQueues"])
    assert "sqs:SendMessage" in granted(resources, "CaptureCapturePredictions")


def test_nothing_reserves_concurrency(resources: Resources) -> None:
    assert not any("ReservedConcurrentExecutions" in made for made in resources.functions().values())


def test_compaction_waits_for_late_deliveries_and_runs_one_request_at_a_time(resources: Resources) -> None:
    (queue,) = (q for q in resources.of("AWS::SQS::Queue").values() if q["QueueName"].endswith("-compaction"))
    (source,) = (
        s
        for s in resources.of("AWS::Lambda::EventSourceMapping").values()
        if "CompactPredictions" in s["FunctionName"]["Ref"]
    )

    assert queue["DelaySeconds"] == 300
    assert (source["BatchSize"], source["ScalingConfig"]["MaximumConcurrency"]) == (1, 2)


def test_only_compaction_deletes_from_the_lake_and_only_predictions(resources: Resources) -> None:
    deleting = [(n, s) for n, s in statements(resources) if "s3:DeleteObject" in actions(s)]

    ((owner, statement),) = deleting
    assert owner.startswith("CaptureCompactPredictions")
    assert statement["Resource"]["Fn::Join"][1][-1] == "/*/predictions/*"


def test_capture_reads_nothing_of_the_lake_and_nothing_of_the_registry(resources: Resources) -> None:
    assert granted(resources, "CaptureCapturePredictions") == {
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListBucket",
        "sqs:SendMessage",
    }


def test_the_table_has_the_columns_that_are_written(resources: Resources) -> None:
    table = only(resources, "AWS::Glue::Table")["TableInput"]

    described = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert described == [(name, glue_type(kind)) for name, kind in COLUMNS.items()]
    assert dict(described)["numbers"] == "map<string,double>"
    assert dict(described)["time"] == "timestamp"
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("model", "string"),
        ("date", "string"),
        ("hour", "int"),
    ]


def test_partitions_are_computed_where_files_lie(resources: Resources) -> None:
    parameters = only(resources, "AWS::Glue::Table")["TableInput"]["Parameters"]

    bucket = next(name for name in resources.of("AWS::S3::Bucket") if name.startswith("StorageLake"))
    assert parameters["storage.location.template"] == {
        "Fn::Join": ["", ["s3://", {"Ref": bucket}, "/${model}/predictions/date=${date}/hour=${hour}/"]]
    }
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.model.type"] == "injected"
    assert (parameters["projection.hour.range"], parameters["projection.hour.digits"]) == ("0,23", "2")


def test_the_database_is_named_as_athena_wants_names(resources: Resources) -> None:
    database = only(resources, "AWS::Glue::Database")["DatabaseInput"]["Name"]

    assert database in ("tideline_dev", "tideline_prod")
    assert only(resources, "AWS::Glue::Table")["DatabaseName"] == database


def test_a_type_that_no_column_had_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        glue_type("UUID")
