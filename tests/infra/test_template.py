"""What every deployment's template promises."""

from __future__ import annotations

import json
from collections.abc import Callable

from infra.constructs.serving import PREDICTIONS, PROTOCOL_READS
from infra.functions import FUNCTIONS, settings_fields
from tests.infra.resources import Resources

Of = Callable[[str], Resources]


def test_every_function_of_the_table_is_deployed_as_the_table_says(resources: Resources) -> None:
    deployed = resources.functions()

    assert deployed.keys() | {"send_to_chat"} == FUNCTIONS.keys()
    for name, definition in ((name, FUNCTIONS[name]) for name in deployed):
        made = deployed[name]
        assert made["Handler"] == f"{name}.handler.handler"
        assert (made["MemorySize"], made["Timeout"]) == (definition.memory_mb, definition.timeout_s)
        assert made["EphemeralStorage"]["Size"] == definition.disk_mb
        assert len(made["Layers"]) == len(definition.layers)


def test_check_candidate_has_the_limits_of_predict() -> None:
    candidate, predict = FUNCTIONS["check_candidate"], FUNCTIONS["predict"]

    assert (candidate.memory_mb, candidate.timeout_s) == (predict.memory_mb, predict.timeout_s)
    assert set(predict.layers) <= set(candidate.layers)


def test_every_environment_covers_the_settings_of_its_function(resources: Resources) -> None:
    for name, made in resources.functions().items():
        variables = made["Environment"]["Variables"]
        wanted = {f"TIDELINE_{f.name.upper()}" for f in settings_fields(name) if f.required}
        assert wanted <= variables.keys()
        assert variables["POWERTOOLS_SERVICE_NAME"] == name


def test_every_function_is_traced_and_logs_to_a_group_that_forgets(resources: Resources) -> None:
    groups = resources.of("AWS::Logs::LogGroup")

    for made in resources.functions().values():
        assert made["TracingConfig"] == {"Mode": "Active"}
        assert groups[made["LoggingConfig"]["LogGroup"]["Ref"]]["RetentionInDays"] > 0


def test_no_two_functions_share_a_role(resources: Resources) -> None:
    roles = [made["Role"]["Fn::GetAtt"][0] for made in resources.functions().values()]

    assert len(set(roles)) == len(roles)


def test_every_work_queue_dead_letters_and_hides_messages_long_enough(resources: Resources) -> None:
    queues = resources.of("AWS::SQS::Queue")
    functions = resources.of("AWS::Lambda::Function")
    sources = resources.of("AWS::Lambda::EventSourceMapping")
    assert sources

    for source in sources.values():
        queue = queues[source["EventSourceArn"]["Fn::GetAtt"][0]]
        function = functions[source["FunctionName"]["Ref"]]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 3
        assert queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in queues
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_files_are_taken_one_by_one_and_not_all_at_once(resources: Resources) -> None:
    (source,) = (
        source
        for source in resources.of("AWS::Lambda::EventSourceMapping").values()
        if "IngestData" in source["FunctionName"]["Ref"]
    )

    assert source["BatchSize"] == 1
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_every_queue_is_encrypted(resources: Resources) -> None:
    assert all(queue["SqsManagedSseEnabled"] for queue in resources.of("AWS::SQS::Queue").values())


def test_every_target_of_a_rule_is_retried_and_dead_lettered(resources: Resources) -> None:
    rules = resources.of("AWS::Events::Rule").values()
    assert sum(rule["EventPattern"]["source"] != ["aws.scheduler"] for rule in rules) == 15

    for rule in rules:
        assert rule["Targets"]
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]
            assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185


def test_buckets_are_versioned_encrypted_private_and_kept_clean(resources: Resources) -> None:
    buckets = resources.of("AWS::S3::Bucket")
    assert len(buckets) == 2

    for bucket in buckets.values():
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["BucketEncryption"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)
        assert any("NoncurrentVersionExpiration" in rule for rule in rules)


def test_only_the_inbox_announces_its_objects(resources: Resources) -> None:
    announcing = [
        bucket for bucket in resources.of("AWS::S3::Bucket").values() if "NotificationConfiguration" in bucket
    ]

    (inbox,) = announcing
    assert "inbox" in str(inbox["BucketName"])
    configuration = inbox["NotificationConfiguration"]["EventBridgeConfiguration"]
    assert configuration == {"EventBridgeEnabled": True}


def test_alarms_on_the_api_go_back_without_metric_math_and_not_for_silence(resources: Resources) -> None:
    every = resources.of("AWS::CloudWatch::Alarm").values()
    alarms = [alarm for alarm in every if alarm["Namespace"] == "AWS/ApiGateway"]

    assert {a["MetricName"] for a in alarms} == {"5xx", "Latency"}
    for alarm in alarms:
        assert "Metrics" not in alarm
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] > 1
        assert [d["Name"] for d in alarm["Dimensions"]] == ["ApiId"]


def test_alarms_on_the_api_and_no_others_roll_back_when_they_go_off(resources: Resources) -> None:
    alarms = resources.of("AWS::CloudWatch::Alarm")
    (pattern,) = (
        rule["EventPattern"]
        for name, rule in resources.of("AWS::Events::Rule").items()
        if name.startswith("Rollback") and rule["EventPattern"]["source"] == ["aws.cloudwatch"]
    )

    assert {name["Ref"] for name in pattern["detail"]["alarmName"]} == {
        name for name, alarm in alarms.items() if alarm["Namespace"] == "AWS/ApiGateway"
    }
    assert pattern["detail"]["state"] == {"value": ["ALARM"]}


def test_the_end_of_a_release_is_heard_however_it_ends(resources: Resources) -> None:
    (rule,) = (r for n, r in resources.of("AWS::Events::Rule").items() if "ReleaseEnded" in n)

    assert set(rule["EventPattern"]["detail"]["status"]) == {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def test_every_route_lets_only_signed_calls_through(resources: Resources) -> None:
    routes = resources.of("AWS::ApiGatewayV2::Route").values()

    assert {r["AuthorizationType"] for r in routes} == {"AWS_IAM"}
    assert {r["RouteKey"] for r in routes} == {
        *(f"POST {path}" for path in PREDICTIONS),
        *(f"GET {path}" for path in PROTOCOL_READS),
        "GET /openapi.json",
        "GET /models",
        "GET /models/{model}",
        "GET /models/{model}/versions/{version}",
        "POST /models/{model}/versions/{version}/approval",
        "POST /models/{model}/release",
        "POST /models/{model}/rollback",
    }


def test_workflows_log_errors_without_data_and_are_traced(resources: Resources) -> None:
    machines = resources.of("AWS::StepFunctions::StateMachine").values()
    assert len(machines) == 4

    for machine in machines:
        assert machine["LoggingConfiguration"]["Level"] == "ERROR"
        assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
        assert machine["TracingConfiguration"] == {"Enabled": True}
        assert machine["StateMachineType"] == "STANDARD"


def test_users_are_told_all_that_they_need(resources: Resources) -> None:
    assert resources.template["Outputs"].keys() >= {
        "InboxBucket", "LakeBucket", "EventBus", "RegistryTable", "ApiUrl", "ApiId", "Region",
        "TrainingStateMachine", "ReleaseStateMachine", "ReproductionStateMachine", "BatchStateMachine",
        "DeadLetterQueues", "PredictFunction", "OperatorPolicy", "ApproverPolicy", "AlertTopic",
        "DashboardName",
    }  # fmt: skip


def test_the_policies_of_people_are_named_after_the_environment(resources_of: Of) -> None:
    policies = resources_of("prod").of("AWS::IAM::ManagedPolicy").values()

    assert {policy["ManagedPolicyName"] for policy in policies} == {
        "tideline-prod-operator",
        "tideline-prod-approver",
    }
    # Nobody has them by deploying.
    assert not any(policy.get(who) for policy in policies for who in ("Users", "Groups", "Roles"))


def test_data_outlives_the_stack_everywhere_but_in_dev(resources_of: Of) -> None:
    stateful = {"AWS::S3::Bucket", "AWS::DynamoDB::Table"}

    def policies(deployment: str) -> set[str]:
        resources = resources_of(deployment).template["Resources"].values()
        return {r["DeletionPolicy"] for r in resources if r["Type"] in stateful}

    assert policies("dev") == {"Delete"}
    assert policies("prod") == {"Retain"}


def test_the_registry_costs_nothing_idle_and_can_be_restored_outside_dev(resources_of: Of) -> None:
    def table(deployment: str) -> dict[str, object]:
        (found,) = resources_of(deployment).of("AWS::DynamoDB::Table").values()
        return found

    assert table("dev")["BillingMode"] == "PAY_PER_REQUEST"
    restorable = table("prod")["PointInTimeRecoverySpecification"]
    assert restorable == {"PointInTimeRecoveryEnabled": True}
    assert table("prod")["DeletionProtectionEnabled"] is True
    assert table("dev")["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}


def test_on_aws_buckets_and_queues_refuse_unencrypted_calls(resources_of: Of) -> None:
    for deployment in ("dev", "prod"):
        resources = resources_of(deployment)
        policies = resources.of("AWS::S3::BucketPolicy") | resources.of("AWS::SQS::QueuePolicy")
        refusing = [
            policy
            for policy in policies.values()
            if any(
                s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                for s in policy["PolicyDocument"]["Statement"]
            )
        ]
        guarded = resources.of("AWS::S3::Bucket") | resources.of("AWS::SQS::Queue")
        assert len(refusing) == len(guarded)


def test_the_bus_is_archived_on_aws_only(resources_of: Of) -> None:
    assert len(resources_of("prod").of("AWS::Events::Archive")) == 1
    assert not resources_of("local").of("AWS::Events::Archive")


def test_local_functions_run_on_what_the_machine_has(resources_of: Of) -> None:
    runtimes = {made["Runtime"] for made in resources_of("local").functions().values()}
    on_aws = {(made["Runtime"], *made["Architectures"]) for made in resources_of("dev").functions().values()}

    assert len(runtimes) == 1
    assert on_aws == {("python3.13", "arm64")}


def test_who_counts_what_runs_cost_knows_the_memory_of_every_state_that_calls_a_function(
    resources: Resources,
) -> None:
    functions = resources.functions()
    told = functions["conclude_run"]["Environment"]["Variables"]
    memory = json.loads(told["TIDELINE_TRAINING_MEMORY_MB"])

    assert memory == {
        "Prepare": functions["prepare_data"]["MemorySize"],
        "Trials": functions["run_trial"]["MemorySize"],
        "Trial": functions["run_trial"]["MemorySize"],
        "Fit": functions["fit_model"]["MemorySize"],
        "Evaluate": functions["evaluate_model"]["MemorySize"],
        "Register": functions["register_model"]["MemorySize"],
    }
    assert functions["fit_model"]["Architectures"] == [told["TIDELINE_ARCHITECTURE"]]
