"""What a card is made from: stored values and nothing else, so that the same evidence gives the same card."""

from __future__ import annotations

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.evaluation.inspection.findings import Latency
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.ledger.entry import LedgerEntry
from tideline.domain.release.approval import Approval
from tideline.domain.release.manifest import Manifest
from tideline.domain.release.version import ModelVersion
from tideline.domain.value import Value


class Evidence(Value):
    """All that is recorded of one version.

    Attributes:
        spec: The one that it was trained under, which need not be the one in force.
        latency: None where it was not measured.
        approval: The newest question for it, None where none was asked.
        ledger: The model's entries, oldest first; empty where none were at hand.
    """

    spec: ModelSpec
    manifest: Manifest
    report: EvaluationReport
    version: ModelVersion
    latency: Latency | None = None
    approval: Approval | None = None
    ledger: tuple[LedgerEntry, ...] = ()

    @property
    def name(self) -> str:
        """Model and number, such as ``churn v3``."""
        return f"{self.version.model} v{self.version.number}"

    @property
    def own_ledger(self) -> tuple[LedgerEntry, ...]:
        """The entries about this version, its run, its spec or its data set."""
        manifest = self.manifest
        subjects = {
            f"version {manifest.version}",
            f"run {manifest.run_id}",
            f"spec {manifest.spec_version}",
            f"data set version {manifest.dataset_version}",
        }
        return tuple(
            entry
            for entry in self.ledger
            if entry.decision.subject in subjects or entry.decision.facts.get("version") == manifest.version
        )
