"""Answer one dropped file of labels: accepted, duplicate or quarantined, and nothing else.

A label that is told again, in a newer edition of its file or in another file, is a correction: all are kept,
and of several for one prediction the newest counts. No edition ever takes the place of an older one as a
whole, so that the order in which files are read makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import RejectReason
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.keys import InboxAddress, InboxArea
from tideline.domain.labels.canonical_labels import CanonicalLabels
from tideline.domain.labels.label_span import dropped_as, label_file_name
from tideline.errors import FileRejected
from tideline.ports import Clock, LabelFileReader, ObjectStore, ReceiptRegistry, SpecRegistry
from tideline.services.announce_object import AnnounceObject
from tideline.services.identify_object import identified
from tideline.services.refuse_object import readable, require_size, set_aside

# S3 tells whole seconds. Its end is taken: an outcome is not known before the prediction of the same second.
_S3_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class IngestLabels:
    """Read a dropped file of labels by its model's spec and keep it beside the prediction log.

    The idempotency key is (object key, version id): the receipt kept under it is the answer for good.
    """

    inbox: ObjectStore
    lake: ObjectStore
    reader: LabelFileReader
    specs: SpecRegistry
    receipts: ReceiptRegistry
    announce: AnnounceObject
    clock: Clock
    workdir: Callable[[], AbstractContextManager[Path]]
    max_source_bytes: Callable[[], int]

    def __call__(self, dropped: DroppedObject) -> ObjectReceipt | None:
        """Answer one dropped file; None for one that holds no labels."""
        address = keys.parse_inbox_key(dropped.key)
        if address.area is not InboxArea.LABELS:
            # `*/labels/*` also matches `<model>/data/labels/<name>`, which `ingest_data` answers.
            return None
        dropped = identified(dropped, self.inbox)
        answered = self.receipts.receipt(address.model, dropped)
        receipt = answered or self._answer(address, dropped)
        self.announce(address.model, receipt)
        return receipt

    def _answer(self, address: InboxAddress, dropped: DroppedObject) -> ObjectReceipt:
        model = address.model
        try:
            with self.workdir() as workdir:
                receipt = self._ingest(address, dropped, workdir)
        except FileRejected as rejected:
            receipt = set_aside(self.lake, model, dropped, rejected, at=self.clock())
        return self.receipts.conclude(model, receipt)

    def _ingest(self, address: InboxAddress, dropped: DroppedObject, workdir: Path) -> ObjectReceipt:
        require_size(dropped.size_bytes, self.max_source_bytes())
        spec = self._spec(address.model)
        source = workdir / "source"
        with readable():
            told_at = self.inbox.written_at(dropped.key, version_id=dropped.version_id) + _S3_SECOND
            self.inbox.download(dropped.key, source, version_id=dropped.version_id)
        labels = self.reader.read(source, name=address.name, spec=spec, told_at=told_at, workdir=workdir)
        # Without times of their own, labels told again are newer than what was told in between.
        before = self._told_before(address.model, dropped, labels) if labels.dated else None
        if before is None:
            self._store(address.model, dropped, labels)
        return self._receipt(dropped, labels, spec=spec, before=before)

    def _spec(self, model: str) -> ModelSpec:
        head = self.specs.head(model)
        if head.version == 0:
            raise FileRejected(
                RejectReason.UNKNOWN_MODEL,
                f"there is no model {model!r}: drop {keys.spec_key(model)} and training data first, then this"
                " file again",
            )
        return self.specs.load(model, head.version)

    def _told_before(
        self, model: str, dropped: DroppedObject, labels: CanonicalLabels
    ) -> ObjectReceipt | None:
        """Return the answer to another object that held the same; what a crash left behind is no answer."""
        found = {dropped_as(key) for key in self.lake.listed(keys.labels_prefix(model) + labels.content)}
        others = found - {None, keys.object_id(dropped.key, dropped.version_id)}
        if not others:
            return None
        return next(
            (
                receipt
                for receipt in self.receipts.all(model)
                if receipt.outcome is ObjectOutcome.ACCEPTED
                and keys.object_id(receipt.key, receipt.version_id) in others
            ),
            None,
        )

    def _store(self, model: str, dropped: DroppedObject, labels: CanonicalLabels) -> None:
        object_id = keys.object_id(dropped.key, dropped.version_id)
        name = label_file_name(labels.content, object_id, labels.span, by_entity=labels.by_entity > 0)
        if labels.rejects is not None:
            self.lake.upload(labels.rejects, keys.quarantine_key(model, object_id, "rows.csv"))
        self.lake.upload(labels.parquet, keys.labels_prefix(model) + name)

    def _receipt(
        self,
        dropped: DroppedObject,
        labels: CanonicalLabels,
        *,
        spec: ModelSpec,
        before: ObjectReceipt | None,
    ) -> ObjectReceipt:
        horizon = timedelta(seconds=spec.monitoring.labels.horizon)
        return ObjectReceipt(
            key=dropped.key,
            version_id=dropped.version_id,
            outcome=ObjectOutcome.DUPLICATE if before else ObjectOutcome.ACCEPTED,
            reason="duplicate" if before else "",
            message=f"the same labels were told in {before.key} already" if before else _accepted(labels),
            labels=labels.told(horizon=horizon),
            at=self.clock(),
        )


def _accepted(labels: CanonicalLabels) -> str:
    taken = f"{labels.rows:,} labels"
    if not labels.bad_rows:
        return taken
    return f"{taken}; {labels.bad_rows:,} bad rows are in quarantine with their reasons"
