"""Who is told of what, what is watched, what it costs, and what the dashboard shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from infra.constructs.alarms import PRICE_USD
from infra.constructs.dashboard import MAX_METRICS, letter_queries
from infra.functions import FUNCTIONS
from infra.settings import environment
from tests.infra.resources import Resources
from tests.infra.test_grants import actions, granted, statement_of, statements
from tideline.alerting.table import ALERTS
from tideline.domain.alerts.alarm_names import AlarmKind, parse_alarm_name
from tideline.domain.monitoring.metric_names import MonitoringMetric

Of = Callable[[str], Resources]
# Of each account, always. https://aws.amazon.com/cloudwatch/pricing/
FREE_ALARMS = 10


def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return {alarm["AlarmName"]: alarm for alarm in resources.of("AWS::CloudWatch::Alarm").values()}


def watched(resources: Resources, kind: AlarmKind) -> dict[str, dict[str, Any]]:
    parsed = {name: parse_alarm_name(name) for name in alarms(resources)}
    return {known[1]: alarms(resources)[name] for name, known in parsed.items() if known and known[0] is kind}


def dead_letter_queues(resources: Resources) -> dict[str, str]:
    """Return the name of every queue that no function takes from, without the environment, by logical id."""
    taken = {
        source["EventSourceArn"]["Fn::GetAtt"][0]
        for source in resources.of("AWS::Lambda::EventSourceMapping").values()
    }
    queues = resources.of("AWS::SQS::Queue")
    return {name: q["QueueName"].split("-", 2)[2] for name, q in queues.items() if name not in taken}


def rule(resources: Resources, name: str) -> dict[str, Any]:
    (found,) = (r for n, r in resources.of("AWS::Events::Rule").items() if n.startswith(name))
    return dict(found["EventPattern"])


def test_people_hear_of_every_fact_in_the_table(resources: Resources) -> None:
    heard = rule(resources, "AlertsWorthTelling")

    assert set(heard["detail-type"]) == {fact.detail_type() for fact in ALERTS}


def test_people_hear_of_every_alarm_that_goes_off(resources: Resources) -> None:
    heard = rule(resources, "AlertsAlarmWentOff")
    names = heard["detail"]["alarmName"]
    (prefix,) = (name["prefix"] for name in names if "prefix" in name)
    rolling_back = {name["Ref"] for name in names if "Ref" in name}

    assert heard["detail"]["state"] == {"value": ["ALARM"]}
    for logical, alarm in resources.of("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmName"].startswith(prefix) or logical in rolling_back
    # EventBridge's limit of a pattern.
    assert len(json.dumps(heard)) < 2048


def test_no_alarm_goes_around_who_puts_it_into_words_or_needs_metric_math(resources: Resources) -> None:
    for alarm in alarms(resources).values():
        assert "AlarmActions" not in alarm
        assert "Metrics" not in alarm
        assert parse_alarm_name(alarm["AlarmName"]) is not None


def test_every_queue_of_dead_letters_has_an_alarm_that_silence_does_not_end(resources: Resources) -> None:
    queues = dead_letter_queues(resources)
    on_letters = watched(resources, AlarmKind.DEAD_LETTERS)

    assert set(on_letters) == set(queues.values())
    for name, alarm in on_letters.items():
        ((dimension,)) = alarm["Dimensions"]
        assert queues[dimension["Value"]["Fn::GetAtt"][0]] == name
        assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, 1, "ignore")


def test_usually_functions_are_watched_all_together(resources_of: Of) -> None:
    resources = resources_of("dev")

    for kind in (AlarmKind.FUNCTION_ERRORS, AlarmKind.FUNCTION_THROTTLES):
        ((_, alarm),) = watched(resources, kind).items()
        assert "Dimensions" not in alarm
    assert not watched(resources, AlarmKind.WORKFLOW_FAILURES)


def test_on_request_each_function_and_workflow_is_watched_by_itself(resources_of: Of) -> None:
    resources = resources_of("prod")

    for kind in (AlarmKind.FUNCTION_ERRORS, AlarmKind.FUNCTION_THROTTLES):
        assert set(watched(resources, kind)) == set(FUNCTIONS)
    assert set(watched(resources, AlarmKind.WORKFLOW_FAILURES)) == {
        "training",
        "release",
        "batch",
        "reproduction",
    }


@pytest.mark.parametrize(("deployment", "most_usd"), [("dev", 1.50), ("prod", 9.00)])
def test_alarms_cost_what_is_written_down(resources_of: Of, deployment: str, most_usd: float) -> None:
    cost = PRICE_USD * (len(alarms(resources_of(deployment))) - FREE_ALARMS)

    assert 0 < cost <= most_usd


def test_the_topic_is_encrypted_by_a_key_that_costs_nothing(resources: Resources) -> None:
    (topic,) = resources.of("AWS::SNS::Topic").values()

    assert "alias/aws/sns" in json.dumps(topic["KmsMasterKeyId"])
    assert not resources.of("AWS::KMS::Key")


def test_the_topic_refuses_unencrypted_calls_on_aws(resources_of: Of) -> None:
    (policy,) = resources_of("dev").of("AWS::SNS::TopicPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert not resources_of("local").of("AWS::SNS::TopicPolicy")


def test_mailboxes_and_a_chat_are_there_only_where_they_are_set(resources_of: Of) -> None:
    assert not resources_of("dev").of("AWS::SNS::Subscription")
    assert "send_to_chat" not in resources_of("dev").functions()

    subscriptions = resources_of("prod").of("AWS::SNS::Subscription").values()
    assert sorted(each["Protocol"] for each in subscriptions) == ["email", "sqs"]
    (mail,) = (each for each in subscriptions if each["Protocol"] == "email")
    assert mail["Endpoint"] == "ops@example.com"


def test_the_chats_address_is_nowhere_in_the_template_but_its_parameters_name_is(resources_of: Of) -> None:
    variables = resources_of("prod").functions()["send_to_chat"]["Environment"]["Variables"]

    assert variables["TIDELINE_WEBHOOK_PARAMETER"] == "/tideline/prod/webhook"
    assert "hook" not in json.dumps(resources_of("dev").functions())
    assert "resolve:ssm" not in json.dumps(resources_of("prod").template)


def test_what_the_topic_cannot_hand_to_the_chat_is_kept(resources_of: Of) -> None:
    subscriptions = resources_of("prod").of("AWS::SNS::Subscription").values()
    (chat,) = (each for each in subscriptions if each["Protocol"] == "sqs")

    assert "Undelivered" in json.dumps(chat["RedrivePolicy"]["deadLetterTargetArn"])


def queue_and_logs(allowed: set[str]) -> set[str]:
    return {action for action in allowed if not action.startswith(("sqs:",))}


def test_who_tells_people_may_tell_and_remember_and_nothing_else(resources: Resources) -> None:
    (topic,) = resources.of("AWS::SNS::Topic")

    assert queue_and_logs(granted(resources, "AlertsNotify")) == {
        "sns:Publish",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
    }
    assert statement_of(resources, "AlertsNotify", "Publish")["Resource"] == {"Ref": topic}
    assert statement_of(resources, "AlertsNotify", "RememberInRegistry")["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ALERT#*"]}
    }


def test_nobody_else_publishes(resources: Resources) -> None:
    publishing = {n for n, s in statements(resources) if "sns:Publish" in actions(s)}

    assert all(name.startswith("AlertsNotify") for name in publishing)


def test_who_writes_to_the_chat_reads_one_parameter(resources_of: Of) -> None:
    resources = resources_of("prod")

    assert queue_and_logs(granted(resources, "AlertsSendToChat")) == {"ssm:GetParameter"}
    read = statement_of(resources, "AlertsSendToChat", "ReadSecret")["Resource"]
    assert read["Fn::Join"][1][-1] == ":parameter/tideline/prod/webhook"
    letters = statement_of(resources, "AlertsSendToChat", "SendDeadLetters")["Resource"]["Fn::GetAtt"][0]
    assert dead_letter_queues(resources)[letters] == "chat-dead-letters"


def test_commands_in_mails_name_the_environment_on_aws_only(resources_of: Of) -> None:
    def named(deployment: str) -> str:
        made = resources_of(deployment).functions()["notify"]
        return str(made["Environment"]["Variables"]["TIDELINE_CLI_ENVIRONMENT"])

    assert named("prod") == "prod"
    assert named("local") == ""


def widgets(resources: Resources) -> list[dict[str, Any]]:
    (dashboard,) = resources.of("AWS::CloudWatch::Dashboard").values()
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    body = "".join(part if isinstance(part, str) else part.get("Ref", "attribute") for part in parts)
    return list(json.loads(body)["widgets"])


def metrics(widget: dict[str, Any]) -> list[list[Any]]:
    return list(widget["properties"]["metrics"])


def searches(resources: Resources) -> list[str]:
    return [
        metric[0]["expression"]
        for widget in widgets(resources)
        for metric in metrics(widget)
        if isinstance(metric[0], dict)
    ]


def test_the_dashboard_stays_within_what_is_free(resources: Resources) -> None:
    named = sum(len(metrics(widget)) for widget in widgets(resources)) - len(searches(resources))
    found = sum(int(re.search(r"0, (\d+)\)$", search)[1]) for search in searches(resources))  # type: ignore[index]

    assert named + found <= MAX_METRICS
    assert len(resources.of("AWS::CloudWatch::Dashboard")) == 1


def test_the_dashboard_shows_what_was_promised(resources: Resources) -> None:
    titles = {widget["properties"]["title"] for widget in widgets(resources)}
    everything = json.dumps(widgets(resources))

    assert {"Requests and errors", "Latency (ms)", "Dead letters"} <= titles
    for metric in MonitoringMetric:
        assert any(f'MetricName="{metric.value}"' in search for search in searches(resources))
    for word in ("p50", "p99", "RunDenied", "ExecutionsFailed", "5xx"):
        assert word in everything


def test_the_dashboard_looks_for_letters_in_every_queue_and_searches_are_not_too_long(
    resources: Resources,
) -> None:
    found = " ".join(searches(resources))

    assert all(f'-{queue}"' in found for queue in dead_letter_queues(resources).values())
    assert all(len(re.search(r"SEARCH\('(.*?)'", each)[1]) <= 1024 for each in searches(resources))  # type: ignore[index]


def test_every_environment_has_room_in_its_searches() -> None:
    """The longest name of an environment has twenty letters, seventeen more than `dev`."""
    queues = ["x" * len("batch-failure-dead-letters")] * 20

    queries = letter_queries(environment("a" * 20).prefix, queues)

    assert len(queries) == 2
    assert all(len(query) <= 1024 for query in queries)
