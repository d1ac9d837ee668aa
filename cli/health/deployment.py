"""What is deployed: the account, the stack, and whether anything is stuck in it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CliError, explain
from cli.health.finding import Finding, missing, ok, warning
from cli.registry import registry_of
from cli.target import STACK_PREFIX, Target, connect
from cli.words import count
from tideline.domain.alerts.alarm_names import alarm_prefix, parse_alarm_name
from tideline.errors import TidelineError


def look_at_account(environment: str) -> Iterator[Finding]:
    """Yield what is found of the AWS credentials and of an environment's stack."""
    try:
        identity = boto3.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as exc:
        yield missing("credentials", "none that work", explain(exc))
        return
    yield ok("credentials", str(identity["Arn"]))
    try:
        target = connect(environment)
    except (CliError, BotoCoreError, ClientError) as exc:
        yield missing("stack", f"{STACK_PREFIX}-{environment} was not found", explain(exc))
        return
    yield ok("stack", f"{STACK_PREFIX}-{environment} in {target.region}")
    yield from look_at_stack(target)


def look_at_stack(target: Target) -> Iterator[Finding]:
    """Yield what is found inside a deployment."""
    try:
        models = registry_of(target).specs.models()
        yield ok("registry", f"{count(len(models), 'model')}{': ' if models else ''}{', '.join(models)}")
        yield _dead_letters(target)
        yield _alarms(target)
    except (CliError, TidelineError, BotoCoreError, ClientError) as exc:
        yield missing("stack", "does not answer", explain(exc))


def _dead_letters(target: Target) -> Finding:
    urls = json.loads(target.output("DeadLetterQueues"))
    held = {url.rpartition("/")[2]: _messages(target, url) for url in urls}
    full = {name: number for name, number in held.items() if number}
    if not full:
        return ok("dead letters", f"{count(len(held), 'queue')}, all empty")
    return warning(
        "dead letters",
        ", ".join(f"{count(number, 'message')} in {name}" for name, number in full.items()),
        "look at one (`aws sqs receive-message`) and at the function's log; redrive them once that is mended",
    )


def _alarms(target: Target) -> Finding:
    prefix = target.output("EventBus")
    pages = target.cloudwatch.get_paginator("describe_alarms").paginate(
        StateValue="ALARM", AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"]
    )
    every = [alarm for page in pages for alarm in page["MetricAlarms"]]
    found = [str(alarm["AlarmName"]) for alarm in every if alarm["StateValue"] == "ALARM"]
    ours = [name for name in found if _is_ours(name, prefix)]
    if not ours:
        return ok("alarms", "none has gone off")
    return warning("alarms", ", ".join(ours), "docs/operations.md says of each what it means and what to do")


def _is_ours(name: str, prefix: str) -> bool:
    """Tell whether an alarm is of this environment and not of one whose name goes on where this one ends."""
    known = parse_alarm_name(name)
    if known is None:
        return False
    return name.startswith(alarm_prefix(prefix)) or name == f"{prefix}-{known[0].value}"


def _messages(target: Target, url: str) -> int:
    answer = target.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
