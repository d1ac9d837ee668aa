"""Look at a model's live version: make a record and a page, keep them, tell what is news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tideline.domain.monitoring.look import REPORT_FILE, look_name
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.events.facts import RunFailed
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.ports import EventPublisher, ObjectStore
from tideline.services.monitoring.announce_look import AnnounceLook
from tideline.services.monitoring.live_version import LiveVersion, LiveVersions
from tideline.services.monitoring.looks import Before, Looks
from tideline.services.monitoring.make_record import LookRequest, MakeRecord


@dataclass(frozen=True)
class MonitorModel:
    """Idempotency key: the event's id, from which the look's name is made.

    A look that was kept is not made again, only told if it was not. Two looks at once count the same hours
    and write the same counts.
    """

    lake: ObjectStore
    live: LiveVersions
    make_record: MakeRecord
    announce: AnnounceLook
    publisher: EventPublisher
    write_report: Callable[[ReportEvidence], bytes]

    def __call__(self, request: LookRequest) -> MonitoringRecord | None:
        """Return the look's record; None where nothing is live.

        Raises:
            RegistryConflict: the log changed while it was read; try again.
        """
        live = self.live.of(request.model)
        if live is None:
            self._nothing_live(request)
            return None
        looks, look = Looks(self.lake, request.model), look_name(request.at, request.cause)
        kept = looks.record(look)
        if kept is not None and looks.was_told(look):
            return kept
        if kept is None and request.for_labels:
            # Of many files at once few need a look of their own.
            covering = looks.begun_after(request.at)
            if covering is not None:
                return covering
        before = looks.before(look, at=request.at)
        record = kept or self._made(request, live, looks=looks, before=before)
        # Another version may have gone live since it was kept: then it is no news any more.
        if record.version == live.number:
            self.announce(record, looks=looks, look=look, before=before)
        return record

    def _nothing_live(self, request: LookRequest) -> None:
        """Answer whoever waits; schedules and labels of a model that is not live yet need no answer."""
        if not request.by_person:
            return
        self.publisher.publish(
            RunFailed(
                model=request.model,
                occurred_at=request.at,
                run_id=f"look event {request.cause}",
                stage="monitor",
                error="NothingLive",
                cause=f"no version of {request.model!r} is live, so that there is nothing to look at",
            )
        )

    def _made(
        self, request: LookRequest, live: LiveVersion, *, looks: Looks, before: Before
    ) -> MonitoringRecord:
        look = look_name(request.at, request.cause)
        earlier = tuple(one for one, _ in before if one.version == live.number)
        made = self.make_record(request, live, earlier=earlier)
        record = made.record.model_copy(update={"report_key": looks.key(look, REPORT_FILE)})
        page = self.write_report(
            ReportEvidence(
                record=record,
                window=made.counts,
                reference=made.reference,
                earlier=tuple(one for one, _ in before),
                large_psi=live.spec.monitoring.drift.psi,
            )
        )
        looks.keep(look, record, page=page, window=made.counts)
        return record
