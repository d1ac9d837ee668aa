"""Audit a model's ledger: its chain, and whether the registry still says what was decided."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.ledger.entry import LedgerHead
from tideline.domain.ledger.records import Records, first_contradiction
from tideline.domain.ledger.verification import Misfit, MisfitKind, Stored, anchored, first_misfit
from tideline.domain.value import Value
from tideline.errors import RegistryConflict, UnknownModel
from tideline.ports import (
    ApprovalRegistry,
    DatasetRegistry,
    DeploymentRegistry,
    Ledger,
    RunRegistry,
    SpecRegistry,
    VersionRegistry,
)

# Reads that a decision came between; each takes as long as a few queries.
_ATTEMPTS = 5


class Audit(Value):
    """What an audit found; `misfit` is None where everything fits."""

    model: str
    entries: int
    head_sha256: str
    misfit: Misfit | None


@dataclass(frozen=True)
class AuditLedger:
    """Reads only. What a hash chain cannot tell is told in `tideline.domain.ledger.verification`."""

    ledger: Ledger
    specs: SpecRegistry
    datasets: DatasetRegistry
    runs: RunRegistry
    versions: VersionRegistry
    approvals: ApprovalRegistry
    deployments: DeploymentRegistry

    def __call__(self, model: str, *, noted_sha256: str | None = None) -> Audit:
        """Return what does not fit first.

        Args:
            model: Whose ledger.
            noted_sha256: A head's hash that was noted earlier, somewhere else.

        Raises:
            UnknownModel: nothing was ever decided about it, and it has no spec.
            RegistryConflict: decisions kept coming in between; try again.
        """
        for _ in range(_ATTEMPTS):
            head = self._head(model)
            stored = self.ledger.stored(model)
            misfit = self._misfit(model, stored, head, noted_sha256)
            # Every decision moves the head: while it stays, all that was read is of one moment.
            if self._head(model) == head:
                if not stored and self.specs.head(model).version == 0:
                    raise UnknownModel(model)
                return Audit(model=model, entries=len(stored), head_sha256=head.sha256, misfit=misfit)
        raise RegistryConflict(f"decisions about {model!r} kept coming in while they were audited")

    def _head(self, model: str) -> LedgerHead:
        try:
            return self.ledger.head(model)
        except (ValueError, KeyError):
            # Somebody edited its row: then it names nothing, and whatever was entered is more than that.
            return LedgerHead()

    def _misfit(
        self, model: str, stored: tuple[Stored, ...], head: LedgerHead, noted: str | None
    ) -> Misfit | None:
        broken = first_misfit(model, stored, head)
        if broken is not None:
            return broken
        rewritten = anchored(stored, noted) if noted else None
        if rewritten is not None:
            return rewritten
        entries = [entry for entry in stored if entry is not None]
        records = self._records(model)
        return records if isinstance(records, Misfit) else first_contradiction(entries, records)

    def _records(self, model: str) -> Records | Misfit:
        try:
            newest = self.specs.head(model).version
            versions = self.versions.all(model)
            approvals = (self.approvals.load(model, version.number) for version in versions)
            return Records(
                specs=tuple(self.specs.load(model, number) for number in range(1, newest + 1)),
                batches=tuple(self.datasets.batches(model)),
                runs=tuple(self.runs.all(model)),
                versions=tuple(versions),
                approvals=tuple(approval for approval in approvals if approval),
                deployment=self.deployments.load(model),
            )
        except UnknownModel:
            return _unreadable("a spec is missing")
        except (ValueError, KeyError) as error:
            return _unreadable(f"a record cannot be read: {error}")


def _unreadable(what: str) -> Misfit:
    return Misfit(number=None, kind=MisfitKind.RECORD, sentence=f"the registry was edited: {what}")
