"""Every use case on one set of fakes: the whole loop in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.approvals import FakeApprovalRegistry, FakeTasks
from tests.fakes.clock import FakeClock
from tests.fakes.crash import CrashPlan
from tests.fakes.evidence import EmptyLedger
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.publisher import FakePublisher
from tests.fakes.reader import FakeLabelReader, FakeReader
from tests.fakes.registry import (
    FakeDatasetRegistry,
    FakeDeploymentRegistry,
    FakeLedger,
    FakeReceiptRegistry,
    FakeReleaseQueue,
    FakeRunRegistry,
    FakeSpecRegistry,
    FakeVersionRegistry,
)
from tests.fakes.workflow import FakeEngine, FakeMeter, FakeScheduler, FakeWakeUps
from tideline.domain.costs.prices import us_east_1
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.release_order import ReleaseOrder, ShiftTask
from tideline.services.admit_run import AdmitRun
from tideline.services.announce_object import AnnounceObject
from tideline.services.answer_rollbacks import AnswerRollbacks
from tideline.services.apply_spec import ApplySpec
from tideline.services.break_off import BreakOff
from tideline.services.conclude_release import ConcludeRelease
from tideline.services.conclude_run import ConcludeRun
from tideline.services.decide_approval import DecideApproval
from tideline.services.ingest_data import IngestData
from tideline.services.ingest_labels import IngestLabels
from tideline.services.measure_cost import MeasureCost
from tideline.services.read_evidence import ReadEvidence
from tideline.services.register_model import RegisterModel
from tideline.services.request_approval import RequestApproval
from tideline.services.roll_back import RollBack
from tideline.services.shift_traffic import ShiftTraffic
from tideline.services.start_release import StartRelease
from tideline.services.write_card import WriteCard

CODE_SHA256 = "c" * 64
MAX_SOURCE_BYTES = 1_000


@contextmanager
def workdir() -> Iterator[Path]:
    """Give a folder."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@dataclass
class World:
    """The state, and the use cases that work on it; `plan` stands in front of every port."""

    plan: CrashPlan = field(default_factory=CrashPlan)
    clock: FakeClock = field(default_factory=FakeClock)
    inbox: FakeObjectStore = field(default_factory=lambda: FakeObjectStore("inbox"))
    lake: FakeObjectStore = field(default_factory=lambda: FakeObjectStore("lake"))
    publisher: FakePublisher = field(default_factory=FakePublisher)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    specs: FakeSpecRegistry = field(default_factory=FakeSpecRegistry)
    receipts: FakeReceiptRegistry = field(default_factory=FakeReceiptRegistry)
    runs: FakeRunRegistry = field(default_factory=FakeRunRegistry)
    versions: FakeVersionRegistry = field(default_factory=FakeVersionRegistry)
    queue: FakeReleaseQueue = field(default_factory=FakeReleaseQueue)
    scheduler: FakeScheduler = field(default_factory=FakeScheduler)
    wake_ups: FakeWakeUps = field(default_factory=FakeWakeUps)
    meter: FakeMeter = field(default_factory=FakeMeter)
    engine: FakeEngine = field(default_factory=FakeEngine)
    tasks: FakeTasks = field(default_factory=FakeTasks)

    def __post_init__(self) -> None:
        self.specs.ledger = self.runs.ledger = self.versions.ledger = self.ledger
        self.datasets = FakeDatasetRegistry(self.receipts, self.ledger)
        self.deployments = FakeDeploymentRegistry(self.versions)
        self.approvals = FakeApprovalRegistry(self.versions)

    @property
    def apply_spec(self) -> ApplySpec:
        wrap = self.plan.wrap
        return ApplySpec(
            inbox=wrap(self.inbox),
            specs=wrap(self.specs),
            receipts=wrap(self.receipts),
            scheduler=wrap(self.scheduler),
            publisher=wrap(self.publisher),
            clock=self.clock,
        )

    @property
    def ingest_data(self) -> IngestData:
        wrap = self.plan.wrap
        return IngestData(
            inbox=wrap(self.inbox),
            lake=wrap(self.lake),
            reader=FakeReader(),
            specs=wrap(self.specs),
            apply_spec=self.apply_spec,
            datasets=wrap(self.datasets),
            receipts=wrap(self.receipts),
            announce=AnnounceObject(
                datasets=wrap(self.datasets), receipts=wrap(self.receipts), publisher=wrap(self.publisher)
            ),
            clock=self.clock,
            workdir=workdir,
            max_source_bytes=lambda: MAX_SOURCE_BYTES,
        )

    @property
    def ingest_labels(self) -> IngestLabels:
        wrap = self.plan.wrap
        return IngestLabels(
            inbox=wrap(self.inbox),
            lake=wrap(self.lake),
            reader=FakeLabelReader(),
            specs=wrap(self.specs),
            receipts=wrap(self.receipts),
            announce=AnnounceObject(
                datasets=wrap(self.datasets), receipts=wrap(self.receipts), publisher=wrap(self.publisher)
            ),
            clock=self.clock,
            workdir=workdir,
            max_source_bytes=lambda: MAX_SOURCE_BYTES,
        )

    @property
    def admit_run(self) -> AdmitRun:
        wrap = self.plan.wrap
        return AdmitRun(
            specs=wrap(self.specs),
            datasets=wrap(self.datasets),
            runs=wrap(self.runs),
            versions=wrap(self.versions),
            engine=wrap(self.engine),
            publisher=wrap(self.publisher),
            wake_ups=wrap(self.wake_ups),
            clock=self.clock,
        )

    @property
    def conclude_run(self) -> ConcludeRun:
        wrap = self.plan.wrap
        return ConcludeRun(
            runs=wrap(self.runs),
            engine=wrap(self.engine),
            admit_run=self.admit_run,
            measure_cost=MeasureCost(
                meter=wrap(self.meter),
                lake=wrap(self.lake),
                versions=wrap(self.versions),
                prices=us_east_1("arm64"),
                memory_mb={},
            ),
            publisher=wrap(self.publisher),
            clock=self.clock,
        )

    @property
    def register_model(self) -> RegisterModel:
        wrap = self.plan.wrap
        return RegisterModel(
            lake=wrap(self.lake),
            specs=wrap(self.specs),
            datasets=wrap(self.datasets),
            runs=wrap(self.runs),
            versions=wrap(self.versions),
            publisher=wrap(self.publisher),
            clock=self.clock,
            code_sha256=CODE_SHA256,
            write_card=self.write_card,
        )

    @property
    def write_card(self) -> WriteCard:
        wrap = self.plan.wrap
        read = ReadEvidence(lake=wrap(self.lake), specs=wrap(self.specs), ledger=EmptyLedger())
        return WriteCard(lake=wrap(self.lake), read_evidence=read)

    @property
    def start_release(self) -> StartRelease:
        wrap = self.plan.wrap
        return StartRelease(
            lake=wrap(self.lake),
            specs=wrap(self.specs),
            versions=wrap(self.versions),
            approvals=wrap(self.approvals),
            deployments=wrap(self.deployments),
            queue=wrap(self.queue),
            engine=wrap(self.engine),
            publisher=wrap(self.publisher),
            clock=self.clock,
        )

    @property
    def shift_traffic(self) -> ShiftTraffic:
        wrap = self.plan.wrap
        return ShiftTraffic(
            lake=wrap(self.lake),
            specs=wrap(self.specs),
            approvals=wrap(self.approvals),
            versions=wrap(self.versions),
            deployments=wrap(self.deployments),
            queue=wrap(self.queue),
            publisher=wrap(self.publisher),
            clock=self.clock,
            new_salt=lambda: "salt",
        )

    def deploy(self, order: ReleaseOrder) -> Deployment:
        """Put a version live all at once, and return what is in force."""
        self.shift_traffic(ShiftTask(order=order, step=1))
        deployment = self.deployments.load(order.model)
        assert deployment is not None
        return deployment

    @property
    def break_off(self) -> BreakOff:
        wrap = self.plan.wrap
        return BreakOff(deployments=wrap(self.deployments), publisher=wrap(self.publisher), clock=self.clock)

    @property
    def roll_back(self) -> RollBack:
        wrap = self.plan.wrap
        return RollBack(
            lake=wrap(self.lake),
            versions=wrap(self.versions),
            deployments=wrap(self.deployments),
            publisher=wrap(self.publisher),
            clock=self.clock,
        )

    @property
    def answer_rollbacks(self) -> AnswerRollbacks:
        wrap = self.plan.wrap
        return AnswerRollbacks(
            specs=wrap(self.specs), roll_back=self.roll_back, publisher=wrap(self.publisher)
        )

    @property
    def conclude_release(self) -> ConcludeRelease:
        wrap = self.plan.wrap
        return ConcludeRelease(
            versions=wrap(self.versions),
            approvals=wrap(self.approvals),
            engine=wrap(self.engine),
            break_off=self.break_off,
            start_release=self.start_release,
            publisher=wrap(self.publisher),
            clock=self.clock,
        )

    @property
    def request_approval(self) -> RequestApproval:
        wrap = self.plan.wrap
        return RequestApproval(
            runs=wrap(self.runs),
            versions=wrap(self.versions),
            approvals=wrap(self.approvals),
            tasks=wrap(self.tasks),
            publisher=wrap(self.publisher),
            clock=self.clock,
        )

    @property
    def decide_approval(self) -> DecideApproval:
        wrap = self.plan.wrap
        return DecideApproval(
            lake=wrap(self.lake),
            versions=wrap(self.versions),
            approvals=wrap(self.approvals),
            tasks=wrap(self.tasks),
            engine=wrap(self.engine),
            publisher=wrap(self.publisher),
            clock=self.clock,
        )
