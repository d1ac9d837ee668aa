"""Release: a registered version is tried like live, then takes the traffic step by step."""

from __future__ import annotations

from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging, on_executions
from infra.constructs.workflow import Workflow
from infra.settings import Environment
from infra.target import Target
from tideline.events.commands import ReleaseRequested
from tideline.events.facts import ModelRegistered

# One that succeeded, too: another release may wait for its end.
_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Release(Construct):
    """The release workflow, what starts it and what hears of its end.

    Attributes:
        start_release: Decides whether a version is released.
        check_candidate: Loads the candidate as `predict` does and answers golden rows.
        request_approval: Asks a person, where the spec wants one.
        shift_traffic: Carries out a step: shows the version to more callers, or makes it the champion.
        judge_release: Says of a step whether to go on.
        break_off: Shows it to nobody any more.
        conclude_release: Clears up after a release, and starts the one that waited.
        workflow: The steps in between.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        target: Target,
        messaging: Messaging,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self.start_release = functions.make(self, "start_release")
        self.check_candidate = functions.make(self, "check_candidate")
        self.request_approval = functions.make(self, "request_approval")
        self.shift_traffic = functions.make(self, "shift_traffic")
        self.judge_release = functions.make(self, "judge_release")
        self.break_off = functions.make(self, "break_off")
        self.conclude_release = functions.make(self, "conclude_release")
        self.workflow = Workflow(
            self,
            "Workflow",
            file="release",
            environment=environment,
            steps={
                "CheckCandidate": self.check_candidate,
                "RequestApproval": self.request_approval,
                "ShiftTraffic": self.shift_traffic,
                "JudgeRelease": self.judge_release,
                "BreakOff": self.break_off,
            },
            evaluates_timeouts=target.evaluates_timeouts,
        )
        messaging.feed(
            self.start_release,
            queue="release",
            rules=[
                messaging.on_bus(
                    self,
                    "ReleaseWanted",
                    ModelRegistered.detail_type(),
                    ReleaseRequested.detail_type(),
                )
            ],
        )
        messaging.feed(
            self.conclude_release,
            queue="release-end",
            rules=[
                on_executions(
                    self,
                    "ReleaseEnded",
                    machine_arn=self.workflow.machine.state_machine_arn,
                    statuses=_ENDED,
                )
            ],
        )
