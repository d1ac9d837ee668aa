"""The catalogue: every event by its detail type."""

from __future__ import annotations

from tideline.events import commands, facts
from tideline.events.base import Command, Event, Fact

COMMANDS: tuple[type[Command], ...] = (
    commands.RetrainRequested,
    commands.ReviewRequested,
    commands.MonitorRequested,
    commands.ReleaseRequested,
    commands.RollbackRequested,
)
FACTS: tuple[type[Fact], ...] = (
    facts.SpecApplied,
    facts.SpecRejected,
    facts.DatasetAccepted,
    facts.DatasetQuarantined,
    facts.TrainingStarted,
    facts.RetrainDenied,
    facts.ModelRegistered,
    facts.ModelRejected,
    facts.ApprovalRequested,
    facts.TrafficShifted,
    facts.ModelDeployed,
    facts.ModelRolledBack,
    facts.LabelsAccepted,
    facts.DriftDetected,
    facts.PerformanceDropped,
    facts.BatchScored,
    facts.RunFailed,
)
EVENTS: dict[str, type[Event]] = {event.detail_type(): event for event in (*COMMANDS, *FACTS)}
