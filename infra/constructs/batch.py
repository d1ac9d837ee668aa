"""Batch scoring: a file dropped to be scored is split, scored in parallel and accounted for."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import grants
from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging, on_executions
from infra.constructs.workflow import Workflow
from infra.settings import Environment
from infra.target import Target
from tideline.domain.batch.order import SHARDS

# A job that succeeded has told so itself; the others need somebody to.
_WENT_WRONG = ("FAILED", "TIMED_OUT", "ABORTED")
_SHARD_LISTS = f"*/scores/*/{SHARDS}"


class Batch(Construct):
    """The batch workflow, what starts it and what hears of its failure.

    Attributes:
        start_batch: Pins the champion and starts a job for a dropped file.
        split_batch: Checks every row, and writes shards of good ones.
        score_shard: Answers the rows of a shard.
        conclude_batch: Counts every row out of the files and writes the manifest.
        abandon_batch: Answers a file whose job failed.
        workflow: The steps in between.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        target: Target,
        inbox: s3.IBucket,
        lake: s3.IBucket,
        messaging: Messaging,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self.start_batch = functions.make(self, "start_batch")
        self.split_batch = functions.make(self, "split_batch")
        self.score_shard = functions.make(self, "score_shard")
        self.conclude_batch = functions.make(self, "conclude_batch")
        self.abandon_batch = functions.make(self, "abandon_batch")
        self.workflow = Workflow(
            self,
            "Workflow",
            file="batch",
            environment=environment,
            steps={
                "SplitBatch": self.split_batch,
                "ScoreShard": self.score_shard,
                "ConcludeBatch": self.conclude_batch,
            },
            substitutions={"LakeBucket": lake.bucket_name},
            concurrency=target.shard_concurrency,
        )
        self._let_the_map_run(lake)
        messaging.feed(self.start_batch, queue="batch", rules=[self._on_drops(inbox)])
        messaging.feed(
            self.abandon_batch,
            queue="batch-failure",
            rules=[
                on_executions(
                    self,
                    "BatchFailed",
                    machine_arn=self.workflow.machine.state_machine_arn,
                    statuses=_WENT_WRONG,
                )
            ],
        )

    def _on_drops(self, inbox: s3.IBucket) -> events.Rule:
        """Return a rule for what may be a batch; the function knows `<model>/batch/<name>` exactly."""
        return events.Rule(
            self,
            "BatchDropped",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [inbox.bucket_name]},
                    "object": {"key": [{"wildcard": "*/batch/*"}]},
                },
            ),
        )

    def _let_the_map_run(self, lake: s3.IBucket) -> None:
        """Allow the workflow what its distributed Map does: read the list, and run children of itself.

        A policy of its own, after the machine, which it names: the role's first policy comes before.
        """
        machine = self.workflow.machine
        policy = iam.Policy(
            self,
            "Map",
            statements=[
                grants.read_lake(lake, _SHARD_LISTS),
                grants.start_executions(machine),
                grants.run_maps(machine),
            ],
        )
        policy.attach_to_role(machine.role)
