"""Intake: what is dropped into the inbox reaches the function that it is for."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.functions import FunctionFactory
from infra.constructs.messaging import Messaging

_SPEC = {"suffix": "/model.yaml"}
# Also matches a folder of that name below `data/`: the function knows `<model>/labels/<name>` exactly.
_LABELS = {"wildcard": "*/labels/*"}
# A file is read by DuckDB with all of the function's memory, so one call takes one file.
_FILES_AT_ONCE = 1
# So that a thousand files dropped together leave concurrency for serving.
_INTAKE_CONCURRENCY = 20


class Intake(Construct):
    """Queues on the inbox: for specs, for labels, and for everything else; what is no spec goes to both.

    Attributes:
        apply_spec: Validates and versions a `model.yaml`.
        ingest_data: Turns a dropped file into a batch of a data set, or quarantines it.
        ingest_labels: Keeps what turned out to be true of predictions.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        inbox: s3.IBucket,
        messaging: Messaging,
        functions: FunctionFactory,
    ) -> None:
        super().__init__(scope, name)
        self._inbox = inbox
        self.apply_spec = functions.make(self, "apply_spec")
        self.ingest_data = functions.make(self, "ingest_data")
        self.ingest_labels = functions.make(self, "ingest_labels")
        messaging.feed(self.apply_spec, queue="spec", rules=[self._on_objects("SpecDropped", _SPEC)])
        messaging.feed(
            self.ingest_data,
            queue="intake",
            rules=[self._on_objects("FileDropped", {"anything-but": _SPEC})],
            batch_size=_FILES_AT_ONCE,
            max_concurrency=_INTAKE_CONCURRENCY,
        )
        messaging.feed(
            self.ingest_labels,
            queue="labels",
            rules=[self._on_objects("LabelsDropped", _LABELS)],
            batch_size=_FILES_AT_ONCE,
            max_concurrency=_INTAKE_CONCURRENCY,
        )

    def _on_objects(self, name: str, key: object) -> events.Rule:
        return events.Rule(
            self,
            name,
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [self._inbox.bucket_name]}, "object": {"key": [key]}},
            ),
        )
