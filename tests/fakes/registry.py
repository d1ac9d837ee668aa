"""The registry in memory: every method is one step, as a conditional write is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from tideline.domain.contract.spec import ModelSpec, SpecHead
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.ledger.decisions import (
    batch_accepted,
    deployment_replaced,
    run_begun,
    run_ended,
    spec_applied,
    version_registered,
    with_states,
)
from tideline.domain.ledger.entry import Decision, LedgerEntry, LedgerHead, chain
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.move import Move, note_of
from tideline.domain.release.release_wish import ReleaseWish
from tideline.domain.release.version import (
    ModelVersion,
    StateChange,
    VersionState,
    require_own_transition,
    require_transition,
)
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Run
from tideline.errors import RegistryConflict, UnknownModel, UnknownVersion

F = TypeVar("F", bound=Callable[..., Any])
_LOCK = threading.RLock()
_WIDTH = 64


def _one_step(method: F) -> F:
    @wraps(method)
    def locked(*args: Any, **kwargs: Any) -> Any:
        with _LOCK:
            return method(*args, **kwargs)

    return locked  # type: ignore[return-value]


class FakeLedger:
    """`tideline.ports.Ledger`; other fakes enter what they decide in the step in which they store it."""

    def __init__(self) -> None:
        self._entries: dict[str, list[LedgerEntry]] = {}

    @_one_step
    def head(self, model: str) -> LedgerHead:
        entries = self._entries.get(model, [])
        return LedgerHead(number=entries[-1].number, sha256=entries[-1].sha256) if entries else LedgerHead()

    @_one_step
    def entries(self, model: str) -> Sequence[LedgerEntry]:
        return tuple(self._entries.get(model, []))

    @_one_step
    def stored(self, model: str) -> tuple[LedgerEntry | None, ...]:
        return tuple(self._entries.get(model, []))

    def enter(self, model: str, decision: Decision) -> None:
        """Add a decision; only what holds the lock, after its conditions, may."""
        self._entries.setdefault(model, []).append(chain(model, decision, head=self.head(model)))


class FakeSpecRegistry:
    """`tideline.ports.SpecRegistry`."""

    def __init__(self, ledger: FakeLedger | None = None) -> None:
        self.ledger = ledger or FakeLedger()
        self.specs: dict[str, list[ModelSpec]] = {}

    @_one_step
    def head(self, model: str) -> SpecHead:
        specs = self.specs.get(model, [])
        return SpecHead(version=len(specs), sha256=specs[-1].sha256) if specs else SpecHead()

    @_one_step
    def load(self, model: str, version: int) -> ModelSpec:
        specs = self.specs.get(model, [])
        if not 0 < version <= len(specs):
            raise UnknownModel(model)
        return specs[version - 1]

    @_one_step
    def models(self) -> list[str]:
        return sorted(self.specs)

    @_one_step
    def append(self, spec: ModelSpec, *, head: SpecHead, at: datetime) -> int:
        if self.head(spec.model).version != head.version:
            raise RegistryConflict("another writer was first")
        self.specs.setdefault(spec.model, []).append(spec)
        self.ledger.enter(spec.model, spec_applied(spec, version=head.version + 1, at=at))
        return head.version + 1


class FakeReceiptRegistry:
    """`tideline.ports.ReceiptRegistry`."""

    def __init__(self) -> None:
        self.receipts: dict[tuple[str, str, str], ObjectReceipt] = {}
        self.claims: dict[tuple[str, str], str] = {}

    @_one_step
    def receipt(self, model: str, dropped: DroppedObject) -> ObjectReceipt | None:
        return self.receipts.get((model, dropped.key, dropped.version_id))

    @_one_step
    def all(self, model: str) -> list[ObjectReceipt]:
        found = [receipt for (owner, _, _), receipt in self.receipts.items() if owner == model]
        return sorted(found, key=lambda receipt: receipt.at)

    @_one_step
    def claim(self, model: str, dropped: DroppedObject) -> bool:
        ours = dropped.sequencer.ljust(_WIDTH, "0")
        if self.claims.get((model, dropped.key), "") > ours:
            return False
        self.claims[model, dropped.key] = ours
        return True

    @_one_step
    def conclude(self, model: str, receipt: ObjectReceipt) -> ObjectReceipt:
        return self.receipts.setdefault((model, receipt.key, receipt.version_id), receipt)

    @_one_step
    def mark_announced(self, model: str, receipt: ObjectReceipt) -> None:
        announced = receipt.model_copy(update={"announced": True})
        self.receipts[model, receipt.key, receipt.version_id] = announced

    def holds_claim(self, model: str, dropped: DroppedObject) -> bool:
        """Tell whether no newer version of the key has been claimed."""
        return self.claims.get((model, dropped.key)) == dropped.sequencer.ljust(_WIDTH, "0")


class FakeDatasetRegistry:
    """`tideline.ports.DatasetRegistry`, beside the receipts that it writes in the same step."""

    def __init__(self, receipts: FakeReceiptRegistry, ledger: FakeLedger | None = None) -> None:
        self.ledger = ledger or FakeLedger()
        self._receipts = receipts
        self._batches: dict[str, list[Batch]] = {}

    @_one_step
    def batch_with_content(self, model: str, source_sha256: str, schema_sha256: str) -> int | None:
        content = (source_sha256, schema_sha256)
        found = [b for b in self._batches.get(model, []) if (b.source_sha256, b.schema_sha256) == content]
        return found[-1].number if found else None

    @_one_step
    def latest_version(self, model: str) -> int:
        return len(self._batches.get(model, []))

    @_one_step
    def batches(self, model: str) -> Sequence[Batch]:
        return tuple(self._batches.get(model, []))

    @_one_step
    def accept(self, batch: Batch, dropped: DroppedObject, receipt: ObjectReceipt) -> None:
        taken = batch.number != self.latest_version(batch.model) + 1
        answered = self._receipts.receipt(batch.model, dropped) is not None
        if taken or answered or not self._receipts.holds_claim(batch.model, dropped):
            raise RegistryConflict("another writer was first")
        self._batches.setdefault(batch.model, []).append(batch)
        self._receipts.conclude(batch.model, receipt)
        self.ledger.enter(batch.model, batch_accepted(batch))


class FakeRunRegistry:
    """`tideline.ports.RunRegistry`."""

    def __init__(self, ledger: FakeLedger | None = None) -> None:
        self.ledger = ledger or FakeLedger()
        self.runs: dict[tuple[str, str], Run] = {}
        self.locks: dict[str, str] = {}
        self._events: dict[tuple[str, str], str] = {}
        self._pending: dict[str, Wish] = {}

    @_one_step
    def load(self, model: str, run_id: str) -> Run | None:
        return self.runs.get((model, run_id))

    @_one_step
    def all(self, model: str) -> Sequence[Run]:
        found = [run for (owner, _), run in self.runs.items() if owner == model]
        return sorted(found, key=lambda run: run.created_at)

    @_one_step
    def in_flight(self, model: str) -> str | None:
        return self.locks.get(model)

    @_one_step
    def started_by(self, model: str, event_id: str) -> str | None:
        return self._events.get((model, event_id))

    @_one_step
    def begin(self, run: Run, *, event_id: str) -> None:
        model, run_id = run.order.model, run.order.run_id
        if model in self.locks or (model, run_id) in self.runs:
            raise RegistryConflict("another writer was first")
        self.locks[model] = run_id
        self.runs[model, run_id] = run
        self._events[model, event_id] = run_id
        self.ledger.enter(model, run_begun(run))

    @_one_step
    def save(self, run: Run) -> bool:
        place = run.order.model, run.order.run_id
        if place not in self.runs or self.runs[place].is_over:
            return False
        self.runs[place] = run
        if run.is_over:
            self.ledger.enter(run.order.model, run_ended(run))
        return True

    @_one_step
    def release_lock(self, model: str, run_id: str) -> None:
        if self.locks.get(model) == run_id:
            del self.locks[model]

    @_one_step
    def set_cost(self, run: Run) -> None:
        place = run.order.model, run.order.run_id
        if place not in self.runs or self.runs[place].status is not run.status:
            raise RegistryConflict("another writer was first")
        self.runs[place] = run

    @_one_step
    def remember(self, wish: Wish) -> bool:
        before = self._pending.get(wish.model)
        if before is not None and before.strength > wish.strength:
            return False
        self._pending[wish.model] = wish
        return True

    @_one_step
    def remembered(self, model: str) -> Wish | None:
        return self._pending.get(model)

    @_one_step
    def forget(self, model: str, *, event_id: str) -> None:
        if model in self._pending and self._pending[model].event_id == event_id:
            del self._pending[model]


class FakeVersionRegistry:
    """`tideline.ports.VersionRegistry`."""

    def __init__(self, ledger: FakeLedger | None = None) -> None:
        self.ledger = ledger or FakeLedger()
        self.versions: dict[tuple[str, int], ModelVersion] = {}
        self._of_run: dict[tuple[str, str], int] = {}

    @_one_step
    def load(self, model: str, number: int) -> ModelVersion:
        if (model, number) not in self.versions:
            raise UnknownVersion(model, number)
        return self.versions[model, number]

    @_one_step
    def all(self, model: str) -> Sequence[ModelVersion]:
        return [version for (owner, _), version in sorted(self.versions.items()) if owner == model]

    @_one_step
    def of_run(self, model: str, run_id: str) -> ModelVersion | None:
        number = self._of_run.get((model, run_id))
        return None if number is None else self.load(model, number)

    @_one_step
    def of_same_work(self, version: ModelVersion) -> ModelVersion | None:
        return next((v for v in self.versions.values() if _work(v) == _work(version)), None)

    @_one_step
    def latest_number(self, model: str) -> int:
        return max((number for owner, number in self.versions if owner == model), default=0)

    @_one_step
    def register(self, version: ModelVersion) -> None:
        taken = version.number != self.latest_number(version.model) + 1
        if taken or self.of_same_work(version) is not None:
            raise RegistryConflict("another writer was first")
        self.versions[version.model, version.number] = version
        self._of_run[version.model, version.run_id] = version.number
        self.ledger.enter(version.model, version_registered(version))

    @_one_step
    def change_state(self, version: ModelVersion, to: VersionState, *, decision: Decision) -> ModelVersion:
        require_own_transition(version.number, version.state, to)
        place, change = (version.model, version.number), (version.state, to)
        if place not in self.versions or self.versions[place].state is not version.state:
            raise RegistryConflict("another writer was first")
        self.versions[place] = self.versions[place].model_copy(update={"state": to})
        self.ledger.enter(version.model, with_states(decision, {version.number: change}))
        return version.model_copy(update={"state": to})

    @_one_step
    def note(self, version: ModelVersion, text: str) -> None:
        stored = self.load(version.model, version.number)
        self.versions[version.model, version.number] = stored.model_copy(update={"note": text})


class FakeDeploymentRegistry:
    """`tideline.ports.DeploymentRegistry`, beside the versions whose states it changes in the same step."""

    def __init__(self, versions: FakeVersionRegistry) -> None:
        self._versions = versions
        self.history: dict[str, list[Deployment]] = {}
        self.moves: dict[str, list[Move | None]] = {}

    @_one_step
    def load(self, model: str) -> Deployment | None:
        return next(iter(self.history.get(model, [])[-1:]), None)

    @_one_step
    def moved(self, model: str, cause: str) -> Move | None:
        return next((move for move in self.moves.get(model, []) if move and move.cause == cause), None)

    @_one_step
    def last_move(self, model: str) -> Move | None:
        return next(iter(self.moves.get(model, [])[-1:]), None)

    @_one_step
    def replace(
        self,
        deployment: Deployment,
        *,
        states: Mapping[int, StateChange],
        requested_by: str = "",
        move: Move | None = None,
    ) -> None:
        for number, (before, after) in states.items():
            require_transition(number, before, after)
        model, current = deployment.model, self.load(deployment.model)
        stored = self._versions.versions
        kept = all(
            (model, n) in stored and stored[model, n].state is before for n, (before, _) in states.items()
        )
        known = move is not None and self.moved(model, move.cause) is not None
        if deployment.generation != (current.generation if current else 0) + 1 or not kept or known:
            raise RegistryConflict("another writer was first")
        self.history.setdefault(model, []).append(deployment)
        self.moves.setdefault(model, []).append(move)
        notes = {VersionState.LIVE: "", VersionState.ROLLED_BACK: note_of(move) if move else ""}
        for number, (_, after) in states.items():
            cleared = {"note": notes[after]} if after in notes else {}
            stored[model, number] = stored[model, number].model_copy(update={"state": after} | cleared)
        decision = deployment_replaced(deployment, states=states, requested_by=requested_by, move=move)
        self._versions.ledger.enter(model, decision)


class FakeReleaseQueue:
    """`tideline.ports.ReleaseQueue`."""

    def __init__(self) -> None:
        self._waiting: dict[str, ReleaseWish] = {}

    @_one_step
    def remember(self, wish: ReleaseWish) -> None:
        self._waiting[wish.model] = wish

    @_one_step
    def remembered(self, model: str) -> ReleaseWish | None:
        return self._waiting.get(model)

    @_one_step
    def forget(self, model: str, *, event_id: str) -> None:
        waiting = self._waiting.get(model)
        if waiting is not None and waiting.event_id == event_id:
            del self._waiting[model]


def _work(version: ModelVersion) -> tuple[str, str, int, int]:
    return version.model, version.sha256, version.dataset_version, version.spec_version
