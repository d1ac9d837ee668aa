"""Who may do what: every function's rights, by the part that it belongs to."""

from __future__ import annotations

from infra import grants
from infra.constructs.alerts import Alerts
from infra.constructs.batch import Batch
from infra.constructs.capture import Capture
from infra.constructs.intake import Intake
from infra.constructs.messaging import Messaging
from infra.constructs.monitoring import Monitoring
from infra.constructs.registry_api import RegistryApi
from infra.constructs.release import Release
from infra.constructs.rollback import Rollback
from infra.constructs.scheduling import Scheduling
from infra.constructs.serving import Serving
from infra.constructs.storage import Storage
from infra.constructs.training import Training
from tideline.domain.alerts.alert import ALERT_KEYS
from tideline.events.facts import (
    DatasetQuarantined,
    DriftDetected,
    LabelsAccepted,
    PerformanceDropped,
    RunFailed,
)

_DATASETS = "*/datasets/*"
_QUARANTINE = "*/quarantine/*"
_RUNS = "*/runs/*"
_PREDICTIONS = "*/predictions/*"
_LABELS = "*/labels/*"
_VERSIONS = "*/versions/*"
_ARTIFACTS = "*/versions/*/model.onnx"
_EXPLANATIONS = "*/versions/*/explanation.json"
_REPORTS = "*/versions/*/report.json"
_PREDICTIONS = "*/predictions/*"
_QUARANTINED_LINES = "*/quarantine/prediction-log/*"
_REFERENCES = "*/versions/*/reference.json"
_MONITORING = "*/monitoring/*"
_MANIFESTS = "*/versions/*/manifest.json"
_SCORES = "*/scores/*"


class Access:
    """Grants rights on what all parts share: buckets, registry and bus."""

    def __init__(self, *, storage: Storage, messaging: Messaging) -> None:
        self._storage = storage
        self._messaging = messaging

    def intake(self, intake: Intake, scheduling: Scheduling, *, group_in_arn: str) -> None:
        """What reads dropped specs and files."""
        storage, bus = self._storage, self._messaging.bus
        schedules = grants.manage_schedules(scheduling.group, scheduling.role, group_in_arn=group_in_arn)
        intake.apply_spec.allow(
            grants.read_inbox(storage.inbox),
            grants.tell_missing(storage.inbox),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            *schedules,
        )
        # It applies a spec that arrived with its data and was not seen yet, hence the schedules.
        intake.ingest_data.allow(
            grants.read_inbox(storage.inbox),
            grants.read_lake(storage.lake, _DATASETS, _QUARANTINE),
            grants.write_lake(storage.lake, _DATASETS, _QUARANTINE),
            grants.tell_missing(storage.inbox, storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            *schedules,
        )

        intake.ingest_labels.allow(
            grants.read_inbox(storage.inbox, _LABELS),
            grants.write_lake(storage.lake, _LABELS, _QUARANTINE),
            grants.tell_missing(storage.inbox, storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(bus, LabelsAccepted.detail_type(), DatasetQuarantined.detail_type()),
        )

    def training(self, training: Training, scheduling: Scheduling, *, group_in_arn: str) -> None:
        """What trains and judges."""
        storage, bus = self._storage, self._messaging.bus
        machine = training.workflow.machine
        wake_ups = grants.set_wake_ups(scheduling.group, scheduling.role, group_in_arn=group_in_arn)
        training.admit_run.allow(
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.start_executions(machine),
            grants.read_executions(machine),
            *wake_ups,
        )
        training.prepare_data.allow(
            grants.read_lake(storage.lake, _DATASETS, _RUNS),
            grants.write_lake(storage.lake, _RUNS),
            grants.tell_missing(storage.lake),
            grants.write_registry(storage.registry),
        )
        for function in (training.run_trial, training.fit_model):
            function.allow(
                grants.read_lake(storage.lake, _RUNS),
                grants.write_lake(storage.lake, _RUNS),
                grants.tell_missing(storage.lake),
                grants.read_registry(storage.registry),
            )
        training.evaluate_model.allow(
            grants.read_lake(storage.lake, _RUNS, _VERSIONS),
            grants.write_lake(storage.lake, _RUNS),
            grants.tell_missing(storage.lake),
            grants.read_registry(storage.registry),
        )
        training.register_model.allow(
            grants.read_lake(storage.lake, _RUNS, _VERSIONS),
            grants.write_lake(storage.lake, _VERSIONS),
            grants.tell_missing(storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
        )
        # It starts what waited for the end of a run, and weighs what the run left in the lake.
        training.conclude_run.allow(
            grants.list_lake(storage.lake, _RUNS, _VERSIONS),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.read_executions(machine),
            grants.start_executions(machine),
            *wake_ups,
        )

    def release(self, release: Release, rollback: Rollback) -> None:
        """What changes who answers."""
        storage, bus = self._storage, self._messaging.bus
        machine = release.workflow.machine
        release.start_release.allow(
            grants.read_lake(storage.lake, _REPORTS),
            grants.tell_missing(storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.start_executions(machine),
            grants.read_executions(machine),
        )
        release.check_candidate.allow(
            grants.read_lake(storage.lake, _VERSIONS),
            grants.tell_missing(storage.lake),
            grants.read_registry(storage.registry),
        )
        release.request_approval.allow(
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.answer_tasks(),
        )
        for function in (release.shift_traffic, rollback.roll_back):
            function.allow(
                grants.read_lake(storage.lake, _MANIFESTS),
                grants.tell_missing(storage.lake),
                grants.write_registry(storage.registry),
                grants.put_events(bus),
            )
        release.break_off.allow(
            grants.write_registry(storage.registry),
            grants.put_events(bus),
        )
        release.judge_release.allow(
            grants.read_lake(storage.lake, _PREDICTIONS, _LABELS),
            grants.tell_missing(storage.lake),
            grants.read_registry(storage.registry),
        )
        # It starts the release that waited for the end of this one.
        release.conclude_release.allow(
            grants.read_lake(storage.lake, _REPORTS),
            grants.tell_missing(storage.lake),
            grants.start_executions(machine),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.read_executions(machine),
        )

    def serving(self, serving: Serving) -> None:
        """What answers."""
        serving.predict.allow(
            grants.read_lake(self._storage.lake, _ARTIFACTS, _EXPLANATIONS),
            grants.read_registry_item(self._storage.registry),
        )

    def capture(self, capture: Capture) -> None:
        """What keeps the prediction log."""
        lake = self._storage.lake
        capture.capture_predictions.allow(
            grants.write_lake(lake, _PREDICTIONS, _QUARANTINED_LINES),
            grants.tell_missing(lake),
            grants.send_messages(capture.compaction),
        )
        capture.compact_predictions.allow(
            grants.read_lake(lake, _PREDICTIONS),
            grants.write_lake(lake, _PREDICTIONS),
            grants.delete_from_lake(lake, _PREDICTIONS),
            grants.tell_missing(lake),
            grants.send_messages(capture.compaction),
        )

    def batch(self, batch: Batch) -> None:
        """What scores dropped files."""
        storage, bus = self._storage, self._messaging.bus
        machine = batch.workflow.machine
        batch.start_batch.allow(
            grants.read_inbox(storage.inbox),
            grants.write_lake(storage.lake, _QUARANTINE),
            grants.tell_missing(storage.inbox),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.start_executions(machine),
        )
        batch.split_batch.allow(
            grants.read_inbox(storage.inbox),
            grants.read_lake(storage.lake, _MANIFESTS),
            grants.write_lake(storage.lake, _SCORES, _QUARANTINE),
            grants.tell_missing(storage.inbox, storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
        )
        batch.score_shard.allow(
            grants.read_lake(storage.lake, _ARTIFACTS, _MANIFESTS, _SCORES),
            grants.write_lake(storage.lake, _SCORES),
            grants.tell_missing(storage.lake),
        )
        batch.conclude_batch.allow(
            grants.read_lake(storage.lake, _SCORES),
            grants.write_lake(storage.lake, _SCORES, _QUARANTINE),
            grants.tell_missing(storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
        )
        batch.abandon_batch.allow(
            grants.write_lake(storage.lake, _QUARANTINE),
            grants.write_registry(storage.registry),
            grants.put_events(bus),
            grants.read_executions(machine),
        )

    def monitoring(self, monitoring: Monitoring) -> None:
        """What watches live models."""
        lake = self._storage.lake
        monitoring.monitor_model.allow(
            grants.read_lake(lake, _PREDICTIONS, _LABELS, _REFERENCES, _MONITORING),
            grants.write_lake(lake, _MONITORING),
            grants.tell_missing(lake),
            grants.read_registry(self._storage.registry),
            grants.put_events(
                self._messaging.bus,
                DriftDetected.detail_type(),
                PerformanceDropped.detail_type(),
                RunFailed.detail_type(),
            ),
        )

    def registry_api(self, registry_api: RegistryApi, release: Release) -> None:
        """What answers about the registry, and takes wishes and decisions."""
        storage = self._storage
        registry_api.decide_approval.allow(
            grants.read_lake(storage.lake, _REPORTS),
            grants.tell_missing(storage.lake),
            grants.write_registry(storage.registry),
            grants.put_events(self._messaging.bus),
            grants.answer_tasks(),
            grants.read_executions(release.workflow.machine),
        )
        registry_api.request_release.allow(
            grants.read_registry_item(storage.registry),
            grants.put_events(self._messaging.bus),
        )
        registry_api.request_rollback.allow(
            grants.read_registry_item(storage.registry),
            grants.put_events(self._messaging.bus),
        )
        registry_api.describe_models.allow(
            grants.read_lake(storage.lake, _MANIFESTS),
            grants.tell_missing(storage.lake),
            grants.read_registry(storage.registry),
        )

    def alerts(self, alerts: Alerts) -> None:
        """What tells people."""
        alerts.notify.allow(
            grants.publish(alerts.topic),
            grants.remember_in_registry(self._storage.registry, ALERT_KEYS),
        )
