"""Split a dropped file into shards for workers, and list its bad rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tideline.domain import keys
from tideline.domain.batch.order import SHARDS, BatchOrder, SplitFile, SplitStatus
from tideline.errors import FileRejected
from tideline.ports import BatchSplitter, ObjectStore
from tideline.services.batch_receipts import BatchReceipts
from tideline.services.batch_signature import BatchSignatures
from tideline.services.refuse_object import readable, require_size


@dataclass(frozen=True)
class SplitBatch:
    """Idempotency key: the job's id; what is written again is the same.

    The version of the object that was dropped is read, whatever its key holds by now.
    """

    inbox: ObjectStore
    lake: ObjectStore
    signatures: BatchSignatures
    splitter: BatchSplitter
    receipts: BatchReceipts
    workdir: Callable[[], AbstractContextManager[Path]]
    max_source_bytes: Callable[[], int]

    def __call__(self, order: BatchOrder) -> SplitFile:
        """Split one file, or quarantine it as a whole.

        Raises:
            ArtifactInvalid: the version's manifest is not the registered one.
        """
        try:
            with self.workdir() as workdir:
                return self._split(order, workdir)
        except FileRejected as rejected:
            self.receipts.quarantine(order.dropped(), rejected)
            return SplitFile(status=SplitStatus.QUARANTINED)

    def _split(self, order: BatchOrder, workdir: Path) -> SplitFile:
        source = self._fetch(order, workdir)
        rows, refused, shards = self.splitter.split(
            source,
            name=keys.parse_inbox_key(order.object_key).name,
            signature=self.signatures.of(order),
            workdir=workdir,
            keep=lambda path, name: self.lake.upload(path, order.key(name)),
        )
        listed = [shard.model_dump(mode="json") for shard in shards]
        self.lake.write(order.key(SHARDS), json.dumps(listed).encode())
        return SplitFile(status=SplitStatus.SPLIT, rows=rows, refused=refused, shards_key=order.key(SHARDS))

    def _fetch(self, order: BatchOrder, workdir: Path) -> Path:
        path = workdir / "source"
        with readable():
            size = self.inbox.size(order.object_key, version_id=order.object_version)
            require_size(size, self.max_source_bytes())
            self.inbox.download(order.object_key, path, version_id=order.object_version)
        return path
