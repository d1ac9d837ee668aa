"""Where a stack goes: the one place in which the local cloud and AWS differ.

Each difference is something that MiniStack 1.5.33 can't do, or does on the machine that it runs
on. Nothing else in `infra` may ask where it is being deployed.
"""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk

from infra.settings import Architecture, Settings

LOCAL_ACCOUNT = "000000000000"
LOCAL_REGION = "us-east-1"
LOCAL_PYTHON = Path(".venv/local-cloud/bin/python")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the stack has to know about the place that it is deployed to.

    Attributes:
        python: Version of the functions' runtime, such as `3.13`.
        architecture: Processor of the functions.
        account: Account id, or nothing where the credentials at deployment decide.
        region: Region, or nothing where the credentials at deployment decide.
        archives_events: Whether the bus has an archive.
        demands_tls: Whether buckets and queues refuse a call that is not encrypted.
        empties_buckets: Whether a bucket that goes with its stack is emptied first.
        names_schedule_groups: Whether a schedule's ARN, to which grants apply, names its group.
        evaluates_timeouts: Whether a workflow's state may have an expression for its timeout.
        filters_fields: Whether a subscription filter can look at the fields of a JSON line.
        types_schedules: Whether what a schedule sends has the source and detail type that it names.
        told_by_environment: Whether the command line has to be told the environment (`--env`).
        trial_concurrency: How many trials of one run are under way at once.
        shard_concurrency: How many shards of one batch are scored at once.
    """

    python: str
    architecture: Architecture
    account: str | None
    region: str | None
    archives_events: bool
    demands_tls: bool
    empties_buckets: bool
    names_schedule_groups: bool
    evaluates_timeouts: bool
    filters_fields: bool
    types_schedules: bool
    told_by_environment: bool
    trial_concurrency: int
    shard_concurrency: int

    def synthesizer(self) -> cdk.IStackSynthesizer:
        """Return how assets reach this place.

        With IAM enforced, MiniStack refuses to publish assets through the roles of the bootstrap
        stack, so there the credentials of the command line publish them.
        """
        if self.account == LOCAL_ACCOUNT:
            return cdk.CliCredentialsStackSynthesizer()
        return cdk.DefaultStackSynthesizer()

    def cdk_environment(self) -> cdk.Environment:
        """Return account and region, left open on AWS so that synthesis needs no credentials."""
        return cdk.Environment(account=self.account, region=self.region)


def aws(settings: Settings) -> Target:
    """Return AWS itself, as set on the command line."""
    return Target(
        python=settings.python,
        architecture=settings.architecture,
        account=None,
        region=None,
        archives_events=True,
        demands_tls=True,
        empties_buckets=True,
        names_schedule_groups=True,
        evaluates_timeouts=True,
        filters_fields=True,
        types_schedules=True,
        told_by_environment=True,
        # New accounts may run as few as ten functions at once, and intake needs some of them.
        trial_concurrency=4,
        shard_concurrency=4,
    )


def local(root: Path) -> Target:
    """Return the local cloud on this machine.

    Args:
        root: Folder of the checkout, whose `.venv/local-cloud` runs the local cloud.
    """
    return Target(
        # Functions run on the interpreter that runs MiniStack, whatever their runtime says.
        python=interpreter_version(root / LOCAL_PYTHON),
        # And on this machine's processor, whatever their architecture says.
        architecture="arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        account=LOCAL_ACCOUNT,
        region=LOCAL_REGION,
        # Its CloudFormation refuses a template that has an AWS::Events::Archive.
        archives_events=False,
        # It speaks HTTP on the loopback interface, and honours a policy that denies that.
        demands_tls=False,
        # Its state is thrown away as a whole; a custom resource would only slow the deployment.
        empties_buckets=False,
        # It enforces grants on schedule/default/<name>, whatever the group (core/iam_actions.py).
        names_schedule_groups=False,
        # It hands the expression's text to the clock. An approval that nobody gave is refused after its time
        # all the same, but its release waits on until somebody asks again.
        evaluates_timeouts=False,
        # It takes a pattern apart into bare terms, `.type` one of them, which no line holds
        # (services/cloudwatch_logs.py, `_subscription_pattern_matches`).
        filters_fields=False,
        # Its scheduler sends inputs under its own source and type (services/scheduler.py, `_tick_schedules`).
        types_schedules=False,
        # There is one for each checkout, and commands find it by themselves.
        told_by_environment=False,
        # Every concurrent call is a process of its own on this machine.
        trial_concurrency=2,
        shard_concurrency=2,
    )


def choose(settings: Settings, *, root: Path) -> Target:
    """Return the target that the settings name."""
    return local(root) if settings.target == "local" else aws(settings)


def interpreter_version(python: Path) -> str:
    """Return the version of an interpreter as `major.minor`.

    Raises:
        FileNotFoundError: if it isn't there, saying what creates it.
    """
    if not python.exists():
        raise FileNotFoundError(f"{python} is not there: `make install` creates it")
    answer = subprocess.run(  # noqa: S603 - a fixed program of this checkout
        [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    )
    return answer.stdout.strip()
