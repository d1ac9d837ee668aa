"""Apply a model.yaml: whichever version lies in the inbox now, once."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.contract.spec import ModelSpec, SpecHead
from tideline.domain.contract.spec_notices import notices
from tideline.domain.contract.spec_text import MAX_SPEC_BYTES, read_spec
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.keys import InboxArea, parse_inbox_key, spec_key
from tideline.errors import (
    Fault,
    ObjectMissing,
    ObjectUnreadable,
    RegistryConflict,
    ScheduleRefused,
    SpecInvalid,
    TidelineError,
)
from tideline.events.facts import SpecApplied, SpecFault, SpecRejected
from tideline.ports import (
    Clock,
    EventPublisher,
    ObjectStore,
    ReceiptRegistry,
    Scheduler,
    SpecRegistry,
)
from tideline.services.identify_object import identified


@dataclass(frozen=True)
class ApplySpec:
    """Validate a dropped spec, store it as the next version, set its schedule, tell the world.

    Events only hint that something was dropped: the version that lies in the bucket is what counts, so
    an old event that comes late can never put an old spec in force. The spec in force is looked up before
    the bucket: whoever stores another one meanwhile makes the conditional write of this one fail.
    """

    inbox: ObjectStore
    specs: SpecRegistry
    receipts: ReceiptRegistry
    scheduler: Scheduler
    publisher: EventPublisher
    clock: Clock

    def __call__(self, dropped: DroppedObject) -> ObjectReceipt:
        """Answer one dropped spec; the same object again gets the same answer.

        Raises:
            RegistryConflict: another spec of this model was stored meanwhile; try again.
        """
        address = parse_inbox_key(dropped.key)
        if address.area is not InboxArea.SPEC:
            fault = Fault("", None, f"{dropped.key!r}: a spec is dropped at <model>/model.yaml")
            return self._reject(address.model, dropped, SpecInvalid([fault]))
        head = self.specs.head(address.model)
        dropped = identified(dropped, self.inbox)
        current = self.inbox.current_version(dropped.key)
        if current is None:
            return self._deleted(address.model, dropped)
        if current != dropped.version_id:
            return self._conclude(
                address.model, dropped, ObjectOutcome.SUPERSEDED, "superseded", "a newer model.yaml is there"
            )
        return self._apply(address.model, dropped, head)

    def ensure_current(self, model: str) -> None:
        """Apply the spec that lies in the inbox, unless that has been done.

        Data and spec may be dropped together, and their events come in any order.
        """
        head = self.specs.head(model)
        current = self.inbox.current_version(spec_key(model))
        if current is not None:
            self._apply(model, DroppedObject(bucket="", key=spec_key(model), version_id=current), head)

    def _apply(self, model: str, dropped: DroppedObject, head: SpecHead) -> ObjectReceipt:
        answered = self.receipts.receipt(model, dropped)
        if answered is not None and answered.announced:
            return answered
        try:
            spec = self._read(model, dropped)
            # Before it is in force: a schedule that is refused refuses the spec.
            self._set_schedule(spec)
        except (SpecInvalid, ObjectUnreadable, ScheduleRefused) as fault:
            return self._reject(model, dropped, _as_faults(fault))
        except ObjectMissing:
            return self._deleted(model, dropped)
        known = spec.sha256 == head.sha256
        version = head.version if known else self._append(spec, head)
        return self._accept(spec, version, dropped, known=known)

    def _append(self, spec: ModelSpec, head: SpecHead) -> int:
        try:
            return self.specs.append(spec, head=head, at=self.clock())
        except RegistryConflict:
            # Whoever was first had set its schedule; ours has taken its place and must not stay.
            newest = self.specs.head(spec.model).version
            self._schedule(self.specs.load(spec.model, newest), newest)
            raise

    def _accept(self, spec: ModelSpec, version: int, dropped: DroppedObject, *, known: bool) -> ObjectReceipt:
        self._schedule(spec, version)
        outcome = ObjectOutcome.DUPLICATE if known else ObjectOutcome.ACCEPTED
        receipt = self._conclude(spec.model, dropped, outcome, "", f"spec version {version}")
        self.publisher.publish(
            SpecApplied(
                model=spec.model,
                occurred_at=receipt.at,
                spec_version=version,
                spec_sha256=spec.sha256,
                notices=notices(spec),
            )
        )
        self.receipts.mark_announced(spec.model, receipt)
        return receipt

    def _schedule(self, spec: ModelSpec, version: int) -> None:
        """Set the schedule of the spec in force, also when that changes at the same moment."""
        while True:
            self._set_schedule(spec)
            newest = self.specs.head(spec.model).version
            if newest == version:
                return
            spec, version = self.specs.load(spec.model, newest), newest

    def _set_schedule(self, spec: ModelSpec) -> None:
        wanted = "schedule" in spec.retraining.on
        self.scheduler.set(spec.model, spec.retraining.schedule if wanted else None)
        self.scheduler.watch(spec.model, spec.monitoring.every)

    def _read(self, model: str, dropped: DroppedObject) -> ModelSpec:
        # Looked at first: a function has less memory than somebody's data under the wrong name.
        if self.inbox.size(dropped.key, version_id=dropped.version_id) > MAX_SPEC_BYTES:
            raise SpecInvalid([Fault("", None, f"larger than {MAX_SPEC_BYTES // 1024} KB: is this a spec?")])
        return read_spec(self.inbox.read(dropped.key, version_id=dropped.version_id), model=model)

    def _deleted(self, model: str, dropped: DroppedObject) -> ObjectReceipt:
        return self._conclude(
            model, dropped, ObjectOutcome.QUARANTINED, "deleted_before_read", "deleted before it was read"
        )

    def _reject(self, model: str, dropped: DroppedObject, invalid: SpecInvalid) -> ObjectReceipt:
        receipt = self._conclude(model, dropped, ObjectOutcome.QUARANTINED, "spec_invalid", invalid.message)
        if receipt.announced:
            return receipt
        faults = tuple(
            SpecFault(place=fault.place, line=fault.line, problem=fault.problem) for fault in invalid.faults
        )
        self.publisher.publish(
            SpecRejected(
                model=model, occurred_at=receipt.at, faults=faults, object_version=dropped.version_id
            )
        )
        self.receipts.mark_announced(model, receipt)
        return receipt

    def _conclude(
        self, model: str, dropped: DroppedObject, outcome: ObjectOutcome, reason: str, message: str
    ) -> ObjectReceipt:
        receipt = ObjectReceipt(
            key=dropped.key,
            version_id=dropped.version_id,
            outcome=outcome,
            reason=reason,
            message=message,
            at=self.clock(),
        )
        return self.receipts.conclude(model, receipt)


def _as_faults(error: TidelineError) -> SpecInvalid:
    if isinstance(error, SpecInvalid):
        return error
    place = "retraining.schedule" if isinstance(error, ScheduleRefused) else ""
    return SpecInvalid([Fault(place, None, error.message)])
