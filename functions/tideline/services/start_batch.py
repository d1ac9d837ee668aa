"""Start the job that scores a dropped file, by the version that is champion now."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.batch.order import BatchOrder
from tideline.domain.intake.canonical_file import RejectReason
from tideline.domain.intake.dropped_object import DroppedObject
from tideline.domain.keys import InboxArea
from tideline.errors import FileRejected
from tideline.ports import (
    Clock,
    DeploymentRegistry,
    ObjectStore,
    SpecRegistry,
    VersionRegistry,
    WorkflowEngine,
)
from tideline.services.batch_receipts import BatchReceipts
from tideline.services.identify_object import identified
from tideline.services.refuse_object import readable


@dataclass(frozen=True)
class StartBatch:
    """The idempotency key is (object key, version id): it names the execution, which starts once.

    A second delivery plans anew, perhaps with another champion; its plan is lost on the name, and the job
    that is under way keeps the version that it began with.
    """

    inbox: ObjectStore
    specs: SpecRegistry
    versions: VersionRegistry
    deployments: DeploymentRegistry
    receipts: BatchReceipts
    engine: WorkflowEngine
    clock: Clock

    def __call__(self, dropped: DroppedObject) -> BatchOrder | None:
        """Start the job of one dropped file and return its order.

        None where the object is no batch, has been answered, or is quarantined here and now.
        """
        address = keys.parse_inbox_key(dropped.key)
        if address.area is not InboxArea.BATCH:
            # `*/batch/*` also matches `<model>/data/batch/<name>`, which `ingest_data` answers.
            return None
        dropped = identified(dropped, self.inbox)
        if self.receipts.given(dropped) is not None:
            return None
        try:
            order = self._order(address.model, dropped)
        except FileRejected as rejected:
            self.receipts.quarantine(dropped, rejected)
            return None
        self.engine.start(order.job_id, order.model_dump_json())
        return order

    def _order(self, model: str, dropped: DroppedObject) -> BatchOrder:
        self._require_object(dropped)
        deployment = self.deployments.load(model)
        if deployment is None:
            raise self._nobody_answers(model)
        champion = deployment.champion
        return BatchOrder(
            model=model,
            job_id=keys.object_id(dropped.key, dropped.version_id),
            object_key=dropped.key,
            object_version=dropped.version_id,
            sequencer=dropped.sequencer,
            version=champion.version,
            artifact_key=champion.key,
            artifact_sha256=champion.sha256,
            manifest_sha256=self.versions.load(model, champion.version).manifest_sha256,
            started_at=self.clock(),
        )

    def _require_object(self, dropped: DroppedObject) -> None:
        with readable():
            self.inbox.size(dropped.key, version_id=dropped.version_id)

    def _nobody_answers(self, model: str) -> FileRejected:
        if self.specs.head(model).version == 0:
            return FileRejected(
                RejectReason.UNKNOWN_MODEL,
                f"there is no model {model!r}: drop {keys.spec_key(model)} and training data first, then this"
                " file again",
            )
        return FileRejected(
            RejectReason.NO_LIVE_VERSION,
            f"no version of {model!r} is live yet: drop this file again once one is"
            f" (`tideline status {model}`)",
        )
