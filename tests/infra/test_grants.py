"""What roles may do: named actions, named resources, and a reason where that isn't possible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.grants import WILDCARDS
from tests.infra.resources import Resources

# Statements that the CDK writes, whose resource AWS doesn't let anybody name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
UNNAMEABLE = {"xray:", "logs:CreateLogDelivery"}


def statements(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    policies = resources.of("AWS::IAM::Policy") | resources.of("AWS::IAM::ManagedPolicy")
    for name, policy in policies.items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement
    for name, role in resources.of("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def test_no_action_is_granted_by_wildcard(resources: Resources) -> None:
    wild = [(n, a) for n, s in statements(resources) for a in actions(s) if "*" in a]

    assert wild == []


def test_every_wildcard_in_a_resource_has_a_reason(resources: Resources) -> None:
    for name, statement in statements(resources):
        if "*" not in json.dumps(statement["Resource"]):
            continue
        named_by_aws = any(actions(statement)[0].startswith(prefix) for prefix in UNNAMEABLE)
        assert named_by_aws or statement.get("Sid") in WILDCARDS, (name, statement)


def test_every_reason_is_needed(resources: Resources) -> None:
    used = {s.get("Sid") for _, s in statements(resources) if "*" in json.dumps(s["Resource"])}

    # Log groups carry their wildcard in an attribute, which a template doesn't show.
    assert WILDCARDS.keys() - used <= {"WriteLogs", "SearchLogs"}


def test_no_function_has_a_managed_policy(resources: Resources) -> None:
    ours = {made["Role"]["Fn::GetAtt"][0] for made in resources.functions().values()}
    roles = resources.of("AWS::IAM::Role")

    assert not any(roles[name].get("ManagedPolicyArns") for name in ours)


def test_predict_reads_single_records_and_artifacts_only(resources: Resources) -> None:
    granted = {
        action
        for name, statement in statements(resources)
        if name.startswith("ServingPredict")
        for action in actions(statement)
    }

    assert {action for action in granted if not action.startswith(("logs:", "xray:"))} == {
        "dynamodb:GetItem",
        "s3:GetObject",
        "s3:GetObjectVersion",
    }


def test_predict_reads_of_a_version_the_artifact_and_its_explanation_only(resources: Resources) -> None:
    read = [
        s for n, s in statements(resources) if n.startswith("ServingPredict") and s.get("Sid") == "ReadLake"
    ]

    (statement,) = read
    patterns = {resource["Fn::Join"][1][-1] for resource in statement["Resource"]}
    assert patterns == {"/*/versions/*/model.onnx", "/*/versions/*/explanation.json"}


def granted(resources: Resources, owner: str) -> set[str]:
    """Return what the owner of policies may do, beside logging and tracing."""
    found = {a for name, s in statements(resources) if name.startswith(owner) for a in actions(s)}
    return {action for action in found if not action.startswith(("logs:", "xray:"))}


def test_who_describes_models_changes_nothing(resources: Resources) -> None:
    changing = ("Put", "Update", "Delete", "Send", "Start")

    allowed = granted(resources, "RegistryApiDescribeModels")
    assert {"dynamodb:Query", "s3:GetObject"} <= allowed
    assert not any(action.partition(":")[2].startswith(changing) for action in allowed)


def test_the_judge_reads_records_predictions_and_labels_and_changes_nothing(resources: Resources) -> None:
    assert granted(resources, "ReleaseJudgeRelease") == {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:ListBucket",
    }
    read = statement_of(resources, "ReleaseJudgeRelease", "ReadLake")["Resource"]
    assert [arn["Fn::Join"][1][-1] for arn in read] == ["/*/predictions/*", "/*/labels/*"]


def test_only_who_asks_and_who_decides_may_wake_a_release(resources: Resources) -> None:
    wakes = {n for n, s in statements(resources) if any(a.startswith("states:SendTask") for a in actions(s))}

    assert len(wakes) == 2
    assert all(n.startswith(("ReleaseRequestApproval", "RegistryApiDecideApproval")) for n in wakes)


def calls(resources: Resources, owner: str) -> set[str]:
    """Return the calls of the API that the owner of policies may make."""
    (statement,) = (s for n, s in statements(resources) if n.startswith(owner) and s.get("Sid") == "CallApi")
    named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    return {str(resource["Fn::Join"][1][-1]).removeprefix("/$default/") for resource in named}


def test_an_operator_approves_nothing_and_an_approver_asks_for_nothing(resources: Resources) -> None:
    reads = {"GET/models", "GET/models/*", "GET/openapi.json"}

    assert calls(resources, "PeopleOperator") == {
        *reads,
        "POST/models/*/predictions",
        "GET/v2",
        "GET/v2/*",
        "POST/v2/models/*",
        "POST/models/*/release",
        "POST/models/*/rollback",
    }
    assert calls(resources, "PeopleApprover") == {*reads, "POST/models/*/versions/*/approval"}
    assert not granted(resources, "PeopleApprover") & {"events:PutEvents", "s3:PutObject"}
    for owner in ("PeopleOperator", "PeopleApprover"):
        changing = {a for a in granted(resources, owner) if a.startswith(("dynamodb:", "states:"))}
        assert changing <= {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "states:DescribeExecution",
            "states:GetExecutionHistory",
            "states:ListExecutions",
            "states:StartExecution",
        }


def statement_of(resources: Resources, owner: str, sid: str) -> dict[str, Any]:
    (found,) = (s for n, s in statements(resources) if n.startswith(owner) and s.get("Sid") == sid)
    return found


def test_an_operator_tells_no_facts_and_asks_for_releases_only_by_a_proven_name(resources: Resources) -> None:
    assert statement_of(resources, "PeopleOperator", "PutEvents")["Condition"] == {
        "ForAllValues:StringEquals": {"events:detail-type": ["MonitorRequested", "RetrainRequested"]}
    }


def test_an_operator_starts_reproductions_and_no_other_workflow(resources: Resources) -> None:
    machines = resources.of("AWS::StepFunctions::StateMachine")
    (reproduction,) = (name for name in machines if name.startswith("Reproduction"))

    started = statement_of(resources, "PeopleOperator", "StartExecutions")["Resource"]
    assert started == {"Ref": reproduction}
    assert "states:StartExecution" not in granted(resources, "PeopleApprover")
    for owner in ("PeopleOperator", "PeopleApprover"):
        for sid in ("ReadExecutions", "ListExecutions"):
            assert len(statement_of(resources, owner, sid)["Resource"]) == len(machines)
            assert reproduction in json.dumps(statement_of(resources, owner, sid)["Resource"])


def test_an_operator_finds_predictions_in_their_log_and_in_no_other(resources: Resources) -> None:
    searched = statement_of(resources, "PeopleOperator", "SearchLogs")

    assert actions(searched) == ["logs:FilterLogEvents"]
    assert searched["Resource"]["Fn::GetAtt"][0].startswith("ServingPredictLogs")


def test_an_approver_reads_no_data_in_the_lake(resources: Resources) -> None:
    read = statement_of(resources, "PeopleApprover", "ReadLake")["Resource"]

    assert [each["Fn::Join"][1][-1] for each in read] == ["/*/versions/*", "/*/monitoring/looks/*"]


def test_who_decides_about_approvals_sees_whether_their_release_goes_on(resources: Resources) -> None:
    seen = statement_of(resources, "RegistryApiDecideApproval", "ReadExecutions")["Resource"]

    assert "release" in json.dumps(seen).lower()


def test_the_role_for_schedules_may_only_be_passed_to_the_scheduler(resources: Resources) -> None:
    passing = [s for _, s in statements(resources) if "iam:PassRole" in actions(s)]

    assert passing
    for statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_who_reads_labels_reads_no_other_drops_and_writes_nowhere_else(resources: Resources) -> None:
    owner = "IntakeIngestLabels"
    inbox, lake = (statement_of(resources, owner, sid)["Resource"] for sid in ("ReadInbox", "WriteLake"))

    assert inbox["Fn::Join"][1][-1] == "/*/labels/*"
    assert [arn["Fn::Join"][1][-1] for arn in lake] == ["/*/labels/*", "/*/quarantine/*"]
    events = statement_of(resources, owner, "PutEvents")["Condition"]["ForAllValues:StringEquals"]
    assert events == {"events:detail-type": ["LabelsAccepted", "DatasetQuarantined"]}
    assert not {action for action in granted(resources, owner) if action.startswith(("scheduler:", "iam:"))}


def test_who_starts_runs_sets_wake_ups_and_touches_no_other_schedule(resources: Resources) -> None:
    for owner in ("TrainingAdmitRun", "TrainingConcludeRun"):
        schedules = {a for a in granted(resources, owner) if a.startswith("scheduler:")}
        assert schedules == {"scheduler:CreateSchedule"}
        named = json.dumps(statement_of(resources, owner, "SetWakeUps")["Resource"])
        assert named.rstrip(']"}').endswith("/*.*")


def test_who_concludes_runs_sees_sizes_of_what_they_left_and_reads_nothing(resources: Resources) -> None:
    listing = statement_of(resources, "TrainingConcludeRun", "ListLake")

    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["*/runs/*", "*/versions/*"]}}
    assert {a for a in granted(resources, "TrainingConcludeRun") if a.startswith("s3:")} == {"s3:ListBucket"}


def test_who_looks_reads_no_training_data_and_tells_of_looks_alone(resources: Resources) -> None:
    owner = "MonitoringMonitorModel"
    read, written = (statement_of(resources, owner, sid)["Resource"] for sid in ("ReadLake", "WriteLake"))

    assert sorted(arn["Fn::Join"][1][-1] for arn in read) == [
        "/*/labels/*",
        "/*/monitoring/*",
        "/*/predictions/*",
        "/*/versions/*/reference.json",
    ]
    assert written["Fn::Join"][1][-1] == "/*/monitoring/*"
    told = statement_of(resources, owner, "PutEvents")["Condition"]["ForAllValues:StringEquals"]
    assert told == {"events:detail-type": ["DriftDetected", "PerformanceDropped", "RunFailed"]}
    assert not {action for action in granted(resources, owner) if action.startswith("dynamodb:Put")}
