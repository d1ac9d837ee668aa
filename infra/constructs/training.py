"""Training: runs are admitted, carried out by a workflow, and concluded however they end."""

from __future__ import annotations

from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging, on_executions
from infra.constructs.workflow import Workflow
from infra.settings import Environment
from infra.target import Target
from tideline.events.commands import RetrainRequested, ReviewRequested
from tideline.events.facts import DatasetAccepted, DriftDetected, PerformanceDropped, SpecApplied

# Every way in which an execution can end.
_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Training(Construct):
    """The training workflow, what starts it and what hears of its end.

    Attributes:
        admit_run: Decides whether a run starts.
        prepare_data: Splits the window and profiles it.
        run_trial: Tries one set of parameters.
        fit_model: Fits the best again and writes the artifact.
        evaluate_model: Compares candidate and champion.
        register_model: Gives the candidate its number.
        conclude_run: Writes the outcome and lets go of the lock.
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
        self.admit_run = functions.make(self, "admit_run")
        self.prepare_data = functions.make(self, "prepare_data")
        self.run_trial = functions.make(self, "run_trial")
        self.fit_model = functions.make(self, "fit_model")
        self.evaluate_model = functions.make(self, "evaluate_model")
        self.register_model = functions.make(self, "register_model")
        self.conclude_run = functions.make(self, "conclude_run")
        self.workflow = Workflow(
            self,
            "Workflow",
            file="training",
            environment=environment,
            steps={
                "PrepareData": self.prepare_data,
                "RunTrial": self.run_trial,
                "FitModel": self.fit_model,
                "EvaluateModel": self.evaluate_model,
                "RegisterModel": self.register_model,
            },
            substitutions={"TrialConcurrency": str(target.trial_concurrency)},
        )
        queue = messaging.feed(
            self.admit_run,
            queue="training",
            rules=[
                messaging.on_bus(
                    self,
                    "RunWanted",
                    DatasetAccepted.detail_type(),
                    PerformanceDropped.detail_type(),
                    RetrainRequested.detail_type(),
                    # Either may let start what was denied.
                    ReviewRequested.detail_type(),
                    SpecApplied.detail_type(),
                ),
                # A shift that does no harm is told too, and must start nothing.
                messaging.on_bus(
                    self,
                    "RunNeeded",
                    DriftDetected.detail_type(),
                    detail={"severity": ["retrain"]},
                ),
            ],
        )
        # A wish gives its reason; a wake-up has no trigger.
        for command, fields in (
            (RetrainRequested, {"trigger": ["schedule"], "reason": [{"exists": True}]}),
            (ReviewRequested, {"trigger": [{"exists": False}]}),
        ):
            messaging.take_scheduled(self, command, queue=queue, detail=fields)
        messaging.feed(
            self.conclude_run,
            queue="conclusion",
            rules=[
                on_executions(
                    self,
                    "RunEnded",
                    machine_arn=self.workflow.machine.state_machine_arn,
                    statuses=_ENDED,
                )
            ],
        )
