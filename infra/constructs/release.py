"""Release: a registered version is tried like live, then takes the traffic in one write."""

from __future__ import annotations

from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging, on_executions
from infra.constructs.workflow import Workflow
from infra.settings import Environment
from infra.target import Target
from tideline.events.commands import ReleaseRequested
from tideline.events.facts import ModelRegistered

# A release that succeeded has told so itself; the others need somebody to.
_WENT_WRONG = ("FAILED", "TIMED_OUT", "ABORTED")


class Release(Construct):
    """The release workflow, what starts it and what hears of its failure.

    Attributes:
        start_release: Decides whether a version is released.
        check_candidate: Loads the candidate as `predict` does and answers golden rows.
        request_approval: Asks a person, where the spec wants one.
        deploy_model: Points the deployment record to the candidate.
        judge_release: Compares both sides' calls in a step and says how to go on.
        conclude_release: Writes down a release that failed.
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
        self.deploy_model = functions.make(self, "deploy_model")
        self.judge_release = functions.make(self, "judge_release")
        self.conclude_release = functions.make(self, "conclude_release")
        self.workflow = Workflow(
            self,
            "Workflow",
            file="release",
            environment=environment,
            steps={
                "CheckCandidate": self.check_candidate,
                "RequestApproval": self.request_approval,
                "DeployModel": self.deploy_model,
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
            queue="release-failure",
            rules=[
                on_executions(
                    self,
                    "ReleaseFailed",
                    machine_arn=self.workflow.machine.state_machine_arn,
                    statuses=_WENT_WRONG,
                )
            ],
        )
