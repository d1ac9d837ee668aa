"""Answer one dropped file: accepted, duplicate, superseded or quarantined, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import CanonicalFile, RejectReason
from tideline.domain.intake.dataset import Batch, active_batches, held_contents, left_by
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.keys import InboxAddress, InboxArea
from tideline.errors import FileRejected, RegistryConflict
from tideline.ports import Clock, DataFileReader, DatasetRegistry, ObjectStore, ReceiptRegistry, SpecRegistry
from tideline.services.announce_object import AnnounceObject
from tideline.services.apply_spec import ApplySpec
from tideline.services.identify_object import identified
from tideline.services.refuse_object import readable, require_size, set_aside

# Another batch may take the number that was read a moment ago; as many times in a row is a storm.
_ATTEMPTS = 10


@dataclass(frozen=True)
class _Source:
    """A dropped file on disk, and the spec it is read by."""

    path: Path
    sha256: str
    spec: ModelSpec
    spec_version: int


@dataclass(frozen=True)
class IngestData:
    """Read a dropped file by its model's spec and make it a batch.

    The idempotency key is (object key, version id): the receipt kept under it is the answer for good.
    """

    inbox: ObjectStore
    lake: ObjectStore
    reader: DataFileReader
    specs: SpecRegistry
    apply_spec: ApplySpec
    datasets: DatasetRegistry
    receipts: ReceiptRegistry
    announce: AnnounceObject
    clock: Clock
    workdir: Callable[[], AbstractContextManager[Path]]
    max_source_bytes: Callable[[], int]

    def __call__(self, dropped: DroppedObject) -> ObjectReceipt | None:
        """Answer one dropped file; None for what others answer: `start_batch` and `ingest_labels`.

        Raises:
            RegistryConflict: other files of this model kept getting in first; try again.
        """
        address = keys.parse_inbox_key(dropped.key)
        if address.area in (InboxArea.BATCH, InboxArea.LABELS):
            return None
        dropped = identified(dropped, self.inbox)
        answered = self.receipts.receipt(address.model, dropped)
        receipt = answered or self._answer(address, dropped)
        self.announce(address.model, receipt)
        return receipt

    def _answer(self, address: InboxAddress, dropped: DroppedObject) -> ObjectReceipt:
        try:
            with self.workdir() as workdir:
                return self._ingest(address, dropped, workdir)
        except FileRejected as rejected:
            return self._quarantine(address.model, dropped, rejected)

    def _ingest(self, address: InboxAddress, dropped: DroppedObject, workdir: Path) -> ObjectReceipt:
        source = self._fetch(address, dropped, workdir)
        known = self._known(address.model, dropped, source)
        if known is None:
            canonical = self.reader.read(source.path, name=address.name, spec=source.spec, workdir=workdir)
            self._store(address.model, dropped, canonical)
        # Only what can be used takes the place of an older edition: a broken one must not.
        if not self.receipts.claim(address.model, dropped):
            return self._conclude(address.model, self._superseded(dropped))
        if known is not None:
            return self._conclude(address.model, self._duplicate(dropped, known))
        return self._accept(dropped, source, canonical)

    def _fetch(self, address: InboxAddress, dropped: DroppedObject, workdir: Path) -> _Source:
        _require_data(address, dropped)
        require_size(dropped.size_bytes, self.max_source_bytes())
        spec, spec_version = self._spec(address.model)
        path = workdir / "source"
        with readable():
            self.inbox.download(dropped.key, path, version_id=dropped.version_id)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return _Source(path, digest, spec, spec_version)

    def _spec(self, model: str) -> tuple[ModelSpec, int]:
        self.apply_spec.ensure_current(model)
        head = self.specs.head(model)
        if head.version > 0:
            return self.specs.load(model, head.version), head.version
        if self.inbox.current_version(keys.spec_key(model)) is not None:
            raise FileRejected(
                RejectReason.NO_VALID_SPEC,
                f"{keys.spec_key(model)} has faults (see SpecRejected): mend it, then drop this file again",
            )
        raise FileRejected(
            RejectReason.UNKNOWN_MODEL,
            f"there is no model {model!r}: drop {keys.spec_key(model)} first, then this file again",
        )

    def _known(self, model: str, dropped: DroppedObject, source: _Source) -> int | None:
        number = self.datasets.batch_with_content(model, source.sha256, source.spec.schema_sha256)
        active = self._active(model)
        is_active = number in {batch.number for batch in active}
        if not is_active or self._left_by(dropped, model, active) - {number}:
            return None
        return number

    def _active(self, model: str) -> list[Batch]:
        batches = self.datasets.batches(model)
        return active_batches(batches, version=len(batches))

    def _left_by(self, dropped: DroppedObject, model: str, active: list[Batch]) -> set[int]:
        held = held_contents(self.receipts.all(model), self.datasets.batches(model))
        return left_by(dropped.key, active, held=held)

    def _store(self, model: str, dropped: DroppedObject, canonical: CanonicalFile) -> None:
        self.lake.upload(canonical.parquet, keys.dataset_key(model, canonical.sha256))
        if canonical.rejects is not None:
            name = keys.object_id(dropped.key, dropped.version_id)
            self.lake.upload(canonical.rejects, keys.quarantine_key(model, name, "rows.csv"))

    def _accept(self, dropped: DroppedObject, source: _Source, canonical: CanonicalFile) -> ObjectReceipt:
        model = source.spec.model
        for _ in range(_ATTEMPTS):
            number = self.datasets.latest_version(model) + 1
            active = self._active(model)
            left = self._left_by(dropped, model, active)
            same = next((b for b in active if b.sha256 == canonical.sha256), None)
            if same is not None and not left - {same.number}:
                return self._conclude(model, self._duplicate(dropped, same.number))
            equal = {b.number for b in active if _holds_the_same(b, source, canonical)}
            batch = self._batch(number, dropped, source, canonical, replaced=left | equal)
            receipt = self._receipt(
                dropped, ObjectOutcome.ACCEPTED, message=_accepted(canonical), batch=number
            )
            try:
                self.datasets.accept(batch, dropped, receipt)
            except RegistryConflict:
                if not self.receipts.claim(model, dropped):
                    return self._conclude(model, self._superseded(dropped))
                answered = self.receipts.receipt(model, dropped)
                if answered is not None:
                    return answered
                continue
            return receipt
        raise RegistryConflict(f"{_ATTEMPTS} other files of {model!r} got in first")

    def _batch(
        self,
        number: int,
        dropped: DroppedObject,
        source: _Source,
        canonical: CanonicalFile,
        *,
        replaced: set[int],
    ) -> Batch:
        return Batch(
            model=source.spec.model,
            number=number,
            sha256=canonical.sha256,
            source_sha256=source.sha256,
            schema_sha256=source.spec.schema_sha256,
            spec_version=source.spec_version,
            object_key=dropped.key,
            object_version=dropped.version_id,
            format=canonical.format,
            rows=canonical.rows,
            bad_rows=canonical.bad_rows,
            faults=dict(canonical.faults),
            extra_columns=canonical.extra_columns,
            size_bytes=canonical.size_bytes,
            accepted_at=self.clock(),
            supersedes=tuple(sorted(replaced)),
        )

    def _quarantine(self, model: str, dropped: DroppedObject, rejected: FileRejected) -> ObjectReceipt:
        return self._conclude(model, set_aside(self.lake, model, dropped, rejected, at=self.clock()))

    def _superseded(self, dropped: DroppedObject) -> ObjectReceipt:
        return self._receipt(
            dropped,
            ObjectOutcome.SUPERSEDED,
            reason="superseded",
            message="a newer version of this key had been seen already",
        )

    def _duplicate(self, dropped: DroppedObject, number: int) -> ObjectReceipt:
        return self._receipt(
            dropped,
            ObjectOutcome.DUPLICATE,
            reason="duplicate",
            message=f"the same content is batch {number} already",
            batch=number,
        )

    def _receipt(
        self,
        dropped: DroppedObject,
        outcome: ObjectOutcome,
        *,
        reason: str = "",
        message: str,
        batch: int | None = None,
    ) -> ObjectReceipt:
        return ObjectReceipt(
            key=dropped.key,
            version_id=dropped.version_id,
            outcome=outcome,
            reason=reason,
            message=message,
            batch=batch,
            at=self.clock(),
        )

    def _conclude(self, model: str, receipt: ObjectReceipt) -> ObjectReceipt:
        return self.receipts.conclude(model, receipt)


def _holds_the_same(batch: Batch, source: _Source, canonical: CanonicalFile) -> bool:
    return batch.sha256 == canonical.sha256 or batch.source_sha256 == source.sha256


def _require_data(address: InboxAddress, dropped: DroppedObject) -> None:
    if address.area is not InboxArea.DATA:
        raise FileRejected(
            RejectReason.UNKNOWN_AREA,
            f"{dropped.key!r} is no place for data: drop files at <model>/data/<name>",
        )


def _accepted(canonical: CanonicalFile) -> str:
    if not canonical.bad_rows:
        return f"{canonical.rows:,} rows"
    return f"{canonical.rows:,} rows; {canonical.bad_rows:,} bad ones are in quarantine with their reasons"
