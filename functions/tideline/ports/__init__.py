"""What the use cases need from the outside, and which errors they may meet.

Any method may raise `StorageUnavailable` or `ThrottledByService`; other errors are named at the method.
"""

from __future__ import annotations

from tideline.ports.alerts import AlertRegistry, AlertTopic, Chat, DeadLetters, Secret
from tideline.ports.batch import BatchSplitter, RowCounter, ShardScorer
from tideline.ports.bus import EventPublisher, Scheduler, WakeUps
from tideline.ports.clocks import Clock, Stopwatch
from tideline.ports.files import DataFileReader, LabelFileReader
from tideline.ports.objects import ObjectStore
from tideline.ports.predictions import (
    CallCounter,
    CompactionQueue,
    LabelledPredictions,
    Labels,
    PredictionLog,
    PredictionMerger,
    PredictionWriter,
)
from tideline.ports.registry import DatasetRegistry, Ledger, ReceiptRegistry, RunRegistry, SpecRegistry
from tideline.ports.release import ApprovalRegistry, DeploymentRegistry, ReleaseQueue, VersionRegistry
from tideline.ports.training import Trained, Trainer
from tideline.ports.workflows import ExecutionMeter, WaitingTasks, WorkflowEngine

__all__ = [
    "AlertRegistry",
    "AlertTopic",
    "ApprovalRegistry",
    "BatchSplitter",
    "CallCounter",
    "Chat",
    "Clock",
    "CompactionQueue",
    "DataFileReader",
    "DatasetRegistry",
    "DeadLetters",
    "DeploymentRegistry",
    "EventPublisher",
    "ExecutionMeter",
    "LabelFileReader",
    "LabelledPredictions",
    "Labels",
    "Ledger",
    "ObjectStore",
    "PredictionLog",
    "PredictionMerger",
    "PredictionWriter",
    "ReceiptRegistry",
    "ReleaseQueue",
    "RowCounter",
    "RunRegistry",
    "Scheduler",
    "Secret",
    "ShardScorer",
    "SpecRegistry",
    "Stopwatch",
    "Trained",
    "Trainer",
    "VersionRegistry",
    "WaitingTasks",
    "WakeUps",
    "WorkflowEngine",
]
