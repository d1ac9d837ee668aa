"""A model with a live champion, and a release under way beside it: what tests of releases begin with."""

from __future__ import annotations

from typing import Any

from tests.fakes.samples import MODEL
from tests.fakes.world import World
from tests.unit.services.test_release import filled, plan
from tideline.domain.contract.release_spec import CanaryStrategy, ReleaseStrategy
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.release_order import ReleaseOrder, Shifted, ShiftTask
from tideline.domain.release.version import VersionState
from tideline.events.aws import ExecutionEnded
from tideline.services.audit_ledger import AuditLedger

CANARY = CanaryStrategy(canary=(5, 25, 100), every=600)


def live(**fields: Any) -> World:
    """Return a world of three versions, of which the first is live."""
    world = filled(World(), **fields)
    world.deploy(plan(world, 1))
    world.publisher.events.clear()
    return world


def canary(world: World, number: int, *, strategy: ReleaseStrategy = CANARY, **fields: Any) -> ReleaseOrder:
    """Return the order to release a version in steps, planned on the deployment as it is."""
    made = plan(world, number, generation=current(world).generation, event=fields.pop("event", ""))
    return made.model_copy(update={"strategy": strategy} | fields)


def shift(world: World, order: ReleaseOrder, step: int) -> Shifted:
    """Carry out a step."""
    return world.shift_traffic(ShiftTask(order=order, step=step, reasons=("enough calls",)))


def current(world: World) -> Deployment:
    """Return the deployment in force."""
    found = world.deployments.load(MODEL)
    assert found is not None
    return found


def state(world: World, number: int) -> VersionState:
    """Return a version's state."""
    return world.versions.load(MODEL, number).state


def ended(order: ReleaseOrder, status: str = "FAILED") -> ExecutionEnded:
    """Return the end of a release's execution."""
    wrong = status != "SUCCEEDED"
    return ExecutionEnded(
        execution_arn="arn", name=order.release_id, status=status, error="States.Timeout" if wrong else None
    )


def require_sound(world: World) -> None:
    """Demand what holds after everything: one version live, one releasing if a release is under way."""
    deployment = current(world)
    states = {version.number: version.state for version in world.versions.all(MODEL)}
    assert [n for n, s in states.items() if s is VersionState.LIVE] == [deployment.champion.version]
    releasing = [deployment.rollout.version] if deployment.rollout else []
    assert [n for n, s in states.items() if s is VersionState.RELEASING] == releasing
    assert sum(entry.weight for entry in deployment.versions) == 100
    audit = AuditLedger(
        ledger=world.ledger,
        specs=world.specs,
        datasets=world.datasets,
        runs=world.runs,
        versions=world.versions,
        approvals=world.approvals,
        deployments=world.deployments,
    )
    assert audit(MODEL).misfit is None
