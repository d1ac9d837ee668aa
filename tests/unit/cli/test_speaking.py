"""How commands speak: errors, JSON, the shape of the command line, doctor."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError
from typer.testing import CliRunner, Result

from cli import target
from cli.command import add, guarded
from cli.errors import CliError, UsageFault, explain
from cli.health import machine
from cli.health.deployment import look_at_account, look_at_stack
from cli.health.finding import Verdict
from cli.local import LocalCloudError, LocalRecord
from cli.local.places import Places
from cli.main import app
from cli.session import Session
from cli.words import ago, count, duration, size
from tests.fakes.clock import START
from tests.unit.cli.conftest import Cloud
from tideline.errors import UnknownModel

Tideline = Callable[..., Result]
COMMANDS = [
    *("up", "down", "reset", "init", "apply", "push", "watch", "retrain", "release", "rollback"),
    *(
        "approve",
        "reject",
        "predict",
        "scores",
        "monitor",
        "drift",
        "status",
        "versions",
        "runs",
        "show",
        "card",
        "export",
        "data",
        "why",
        "lineage",
    ),
    *("reproduce", "doctor"),
]


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CliError("plainly"), "plainly"),
        (LocalCloudError("the local cloud did not start"), "the local cloud did not start"),
        (UnknownModel("churn"), "there is no model 'churn': drop a model.yaml for it first (UnknownModel)"),
        (refusal("ExpiredToken"), "sign in to AWS first"),
        (refusal("AccessDenied", "not you"), "not allowed: not you; ask for GetItem to be granted"),
        (refusal("Odd", "strange"), "AWS refused GetItem: strange (Odd)"),
        (NoCredentialsError(), "no usable AWS credentials"),
        (NoRegionError(), "AWS_REGION"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "tideline up"),
        (FileNotFoundError(2, "No such file", "x"), "No such file"),
        (KeyError("odd"), "--debug"),
    ],
)
def test_every_error_is_a_sentence_that_says_what_to_do(error: Exception, told: str) -> None:
    assert told in explain(error)
    assert "Traceback" not in explain(error)


def test_a_stack_trace_is_shown_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> int:
        raise KeyError("odd")

    assert guarded(broken, debug=False) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert guarded(broken, debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_exit_codes_come_from_the_error_or_the_command() -> None:
    def misuse() -> int:
        raise UsageFault("so not")

    assert guarded(misuse, debug=False) == 2
    assert guarded(lambda: 3, debug=False) == 3
    assert guarded(lambda: None, debug=False) == 0


def test_ctrl_c_ends_with_130() -> None:
    interrupted = typer.Typer()

    def wait(session: Session) -> None:
        raise KeyboardInterrupt

    add(interrupted, wait, examples=("tideline wait",))

    assert CliRunner().invoke(interrupted, []).exit_code == 130


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_json(tideline: Tideline, command: str) -> None:
    result = tideline(command, "--help", env={"COLUMNS": "200"})

    assert result.exit_code == 0
    assert f"tideline {command}" in result.stdout.partition("Examples")[2]
    assert "--json" in result.stdout


def test_the_commands_are_those_of_the_contract(tideline: Tideline) -> None:
    assert [command.name for command in app.registered_commands] == COMMANDS


def test_an_unknown_option_is_a_usage_error(tideline: Tideline) -> None:
    assert tideline("status", "--nope").exit_code == 2


def test_reset_asks_before_it_forgets(tideline: Tideline) -> None:
    result = tideline("reset")

    assert result.exit_code == 2
    assert "--yes" in result.stderr


def test_help_needs_no_heavy_library() -> None:
    heavy = "duckdb numpy pandas statsmodels lightgbm onnxruntime"
    code = f"import cli.main, sys; print([m for m in '{heavy}'.split() if m in sys.modules])"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


def test_without_a_local_cloud_the_way_to_one_is_told(
    monkeypatch: pytest.MonkeyPatch, tideline: Tideline
) -> None:
    monkeypatch.setattr(target, "read_record", lambda _path: None)
    result = tideline("status")

    assert result.exit_code == 1
    assert "tideline up" in result.stderr
    assert result.stdout == ""


def test_a_local_cloud_that_is_down_is_said_to_be_down(monkeypatch: pytest.MonkeyPatch) -> None:
    record = LocalRecord(endpoint="http://127.0.0.1:1", port=1, pid=None, outputs={"InboxBucket": "x"})
    monkeypatch.setattr(target, "read_record", lambda _path: record)

    with pytest.raises(CliError, match="down: run `tideline up`"):
        target.local_target()


def test_the_local_cloud_takes_nothing_from_the_persons_own_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-not-there")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    record = LocalRecord(endpoint="http://127.0.0.1:1", port=1, pid=None, outputs={"ApiId": "a1"})

    found = target.target_of(record)

    assert found.credentials.access_key == "test"
    assert found.s3.meta.endpoint_url == "http://127.0.0.1:1"
    assert found.api_url == "http://127.0.0.1:1/_aws/execute-api/a1/$default"


class OneStack:
    """A boto3 session whose CloudFormation knows one stack; moto's needs packages that we don't have."""

    region_name = "eu-central-1"

    def client(self, _service: str, **_options: object) -> OneStack:
        return self

    def describe_stacks(self, *, StackName: str) -> dict[str, list[dict[str, object]]]:  # noqa: N803 as boto3 spells it
        if StackName != "Tideline-prod":
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": [{"Outputs": [{"OutputKey": "InboxBucket", "OutputValue": "inbox-1"}]}]}


def test_an_environment_on_aws_is_found_by_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "boto3", SimpleNamespace(Session=OneStack))

    assert target.aws_target("prod").output("InboxBucket") == "inbox-1"
    with pytest.raises(CliError, match="there is no stack Tideline-test in eu-central-1"):
        target.aws_target("test")
    with pytest.raises(CliError, match="no output LakeBucket"):
        target.aws_target("prod").output("LakeBucket")


def test_doctor_finds_what_is_missing_and_says_how_to_get_it(tmp_path: Path) -> None:
    def run(arguments: Sequence[str]) -> str | None:
        return {"node": "v18.1.0", "npm": "11.1.0"}.get(Path(arguments[0]).name)

    found = {finding.name: finding for finding in machine.look_at_machine(Places(tmp_path), run=run)}

    assert found["python"].verdict is Verdict.OK
    assert found["npm"].detail == "11.1.0"
    assert found["node"].verdict is Verdict.MISSING
    assert "Node.js 20" in found["node"].remedy
    assert {found[name].verdict for name in ("uv", "cdk")} == {Verdict.MISSING}
    assert "make install" in found["cdk"].remedy


def test_doctor_of_a_checkout_without_a_local_cloud(tmp_path: Path) -> None:
    (finding,) = machine.look_at_local_cloud(Places(tmp_path))

    assert (finding.verdict, finding.detail) == (Verdict.MISSING, "not installed")


def test_a_program_that_is_not_there_says_nothing() -> None:
    assert machine.run_program(["/no/such/program"]) is None
    assert machine.run_program([sys.executable, "-c", "print('one'); print('two')"]) == "one"


def test_dead_letters_are_worth_a_look(cloud: Cloud) -> None:
    before = {finding.name: finding for finding in look_at_stack(cloud.target)}
    url = json.loads(cloud.target.output("DeadLetterQueues"))[0]
    cloud.target.sqs.send_message(QueueUrl=url, MessageBody="poison")
    after = {finding.name: finding for finding in look_at_stack(cloud.target)}

    assert before["dead letters"].detail == "1 queue, all empty"
    assert before["registry"].detail == "0 models"
    assert after["dead letters"].verdict is Verdict.WARNING
    assert "1 message in dead-letters" in after["dead letters"].detail


def test_alarms_of_this_environment_that_have_gone_off_are_worth_a_look(cloud: Cloud) -> None:
    def alarm(name: str, state: str) -> None:
        client = cloud.target.cloudwatch
        client.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

    alarm("tideline-dev/dead-letters/intake-dead-letters", "OK")
    alarm("tideline-dev-eu/dead-letters/intake-dead-letters", "ALARM")
    alarm("tideline-dev-eu-api-errors", "ALARM")
    before = {finding.name: finding for finding in look_at_stack(cloud.target)}
    alarm("tideline-dev/dead-letters/intake-dead-letters", "ALARM")
    alarm("tideline-dev-api-errors", "ALARM")
    after = {finding.name: finding for finding in look_at_stack(cloud.target)}

    assert (before["alarms"].verdict, before["alarms"].detail) == (Verdict.OK, "none has gone off")
    assert after["alarms"].verdict is Verdict.WARNING
    assert sorted(after["alarms"].detail.split(", ")) == [
        "tideline-dev-api-errors",
        "tideline-dev/dead-letters/intake-dead-letters",
    ]


def test_an_account_without_the_stack_is_told_how_to_deploy(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "boto3", SimpleNamespace(Session=OneStack))

    credentials, stack = look_at_account("test")

    assert credentials.verdict is Verdict.OK
    assert stack.verdict is Verdict.MISSING
    assert "cdk deploy -c env=test" in stack.remedy


def test_words() -> None:
    assert [count(1, "row"), count(1200, "row"), count(2, "batch", "batches")] == [
        "1 row",
        "1,200 rows",
        "2 batches",
    ]
    assert [duration(s) for s in (0.44, 12.3, 200, 7500)] == ["0.4 s", "12 s", "3 min 20 s", "2 h 5 min"]
    assert [size(n) for n in (340, 12_500, 1_200_000_000)] == ["340 B", "12.5 kB", "1.2 GB"]
    times = [ago(START - timedelta(seconds=s), now=START) for s in (1, 40, 300, 7200)]
    assert times == ["just now", "40 s ago", "5 min ago", "2 h ago"]
    assert ago(None) == ""
