from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.registry import FakeDeploymentRegistry
from tests.fakes.samples import MODEL, batch, evaluated, sha, spec, version
from tests.fakes.world import World
from tideline.domain import keys
from tideline.domain.release.deployment import signature
from tideline.domain.release.manifest import Manifest, ManifestBatch
from tideline.domain.release.release_order import ReleaseOrder, parse_release_id, release_id
from tideline.domain.release.release_wish import ReleaseWish
from tideline.domain.release.version import VersionState
from tideline.errors import ArtifactInvalid, RegistryConflict, ReleaseRefused
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import ModelDeployed, RunFailed

LIVE, RETIRED, CANDIDATE, REJECTED = (
    VersionState.LIVE,
    VersionState.RETIRED,
    VersionState.CANDIDATE,
    VersionState.REJECTED,
)
EVENT = "0a1b2c3d-0000-4000-8000-000000000000"


@pytest.fixture
def world() -> World:
    return filled(World())


def filled(world: World, **fields: Any) -> World:
    world.specs.append(spec(**fields), head=world.specs.head(MODEL), at=START)
    for number in (1, 2, 3):
        add(world, number)
    return world


def manifest_of(number: int) -> Manifest:
    one = ManifestBatch.model_validate(batch(1).model_dump(include=set(ManifestBatch.model_fields)))
    return Manifest(
        model=MODEL,
        version=number,
        run_id=f"{MODEL}-d{number}-s1",
        artifact_sha256=sha(f"artifact {number}"),
        size_bytes=10,
        signature=signature(spec(), classes=()),
        spec_version=1,
        spec_sha256=sha("spec"),
        dataset_version=number,
        dataset_sha256=sha("data"),
        batches=(one,),
        trainer="linear",
        parameters={},
        rounds=1,
        seed=1,
        trials=(),
        evaluation=evaluated(),
        library_versions={},
        code_sha256="c",
        explanation_sha256=sha(f"explanation {number}"),
        created_at=START,
    )


def add(world: World, number: int, state: VersionState = CANDIDATE, **fields: Any) -> None:
    world.versions.register(version(number, state, **fields))
    key = keys.version_key(MODEL, number, "manifest.json")
    world.lake.write(key, manifest_of(number).model_dump_json().encode())


def wish(number: int = 1, *, automatic: bool = False, event: str = EVENT) -> ReleaseWish:
    return ReleaseWish(model=MODEL, version=number, event_id=event, automatic=automatic, requested_by="ann")


def plan(world: World, number: int, *, generation: int = 0, event: str = "") -> ReleaseOrder:
    event = event or f"{generation:08x}-0000-4000-8000-000000000000"
    release = release_id(MODEL, version=number, event_id=event)
    return ReleaseOrder(
        model=MODEL, version=number, release_id=release, generation=generation, run_id=f"{MODEL}-d{number}-s1"
    )


def states(world: World) -> list[VersionState]:
    return [world.versions.load(MODEL, number).state for number in (1, 2, 3)]


class TestStart:
    @pytest.mark.parametrize("automatic", [True, False])
    def test_a_wish_becomes_an_order_on_the_deployment_as_it_is(self, world: World, automatic: bool) -> None:
        name = world.start_release(wish(2, automatic=automatic))
        assert name == release_id(MODEL, version=2, event_id=EVENT)
        assert parse_release_id(name) == (MODEL, 2)
        order = ReleaseOrder.model_validate_json(world.engine.started[name])
        assert (order.version, order.generation, order.run_id, order.requested_by) == (
            2,
            0,
            f"{MODEL}-d2-s1",
            "ann",
        )

    def test_the_same_event_again_is_the_same_release(self, world: World) -> None:
        assert world.start_release(wish()) == world.start_release(wish())
        assert len(world.engine.started) == 1

    def test_the_same_event_told_later_brings_nothing_back(self, world: World) -> None:
        world.deploy(plan(world, 1))
        first = world.start_release(wish(2))
        world.deploy(plan(world, 2, generation=1))
        world.deploy(plan(world, 1, generation=2))
        assert world.start_release(wish(2)) == first
        assert len(world.engine.started) == 1

    def test_another_event_is_another_release(self, world: World) -> None:
        assert world.start_release(wish()) != world.start_release(wish(event="ffffffff-1"))

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_registration_told_late_does_not_take_back_what_is_newer(
        self, world: World, number: int
    ) -> None:
        world.deploy(plan(world, 2))
        assert world.start_release(wish(number, automatic=True)) is None
        assert world.engine.started == {}

    def test_somebody_may_ask_for_an_older_version(self, world: World) -> None:
        world.deploy(plan(world, 1))
        world.deploy(plan(world, 2, generation=1))
        name = world.start_release(wish(1))
        assert ReleaseOrder.model_validate_json(world.engine.started[name or ""]).generation == 2

    def test_what_is_live_needs_no_release(self, world: World) -> None:
        world.deploy(plan(world, 1))
        assert world.start_release(wish(1)) is None
        assert world.publisher.of(RunFailed) == []

    @pytest.mark.parametrize("automatic", [True, False])
    @pytest.mark.parametrize("approval", ["automatic", "required"])
    def test_an_order_says_whether_it_needs_approval(self, automatic: bool, approval: str) -> None:
        world = filled(World(), release={"approval": approval, "approval_within": "2h"})
        name = world.start_release(wish(1, automatic=automatic))
        order = ReleaseOrder.model_validate_json(world.engine.started[name or ""])
        assert (order.needs_approval, order.approval_within_s) == (approval == "required", 7200)

    def test_a_rejected_version_is_refused_with_its_reasons(self, world: World) -> None:
        add(world, 4, REJECTED, evaluation=evaluated("REJECT", "below the minimum"))
        assert world.start_release(wish(4)) is None
        (told,) = world.publisher.of(RunFailed)
        assert (told.error, told.stage) == ("ReleaseRefused", "start")
        assert "below the minimum" in told.cause
        assert world.engine.started == {}

    @pytest.mark.parametrize("model", [MODEL, "other"])
    def test_a_version_that_is_not_there_is_told(self, world: World, model: str) -> None:
        assert (
            world.start_release(ReleaseWish(model=model, version=9, event_id=EVENT, automatic=False)) is None
        )
        assert world.publisher.of(RunFailed)[0].error == "UnknownVersion"


class TestDeploy:
    def test_a_version_goes_live_and_the_one_before_retires(self, world: World) -> None:
        world.deploy(plan(world, 1))
        deployment = world.deploy(plan(world, 2, generation=1))
        assert states(world) == [RETIRED, LIVE, CANDIDATE]
        assert (deployment.generation, deployment.replaces) == (2, 1)
        champion = deployment.champion
        assert (champion.sha256, champion.weight) == (sha("artifact 2"), 100)
        assert champion.key == f"{MODEL}/versions/2/model.onnx"
        assert champion.signature == signature(spec(), classes=())
        assert champion.explanation_sha256 == sha("explanation 2")
        assert [(t.version, t.generation, t.replaces) for t in world.publisher.of(ModelDeployed)] == [
            (1, 1, None),
            (2, 2, 1),
        ]

    def test_a_retired_version_may_come_back(self, world: World) -> None:
        for generation, number in enumerate((1, 2, 1)):
            world.deploy(plan(world, number, generation=generation))
        assert states(world) == [LIVE, RETIRED, CANDIDATE]

    def test_carrying_a_plan_out_again_changes_nothing(self, world: World) -> None:
        first = world.deploy(plan(world, 1))
        assert world.deploy(plan(world, 1)) == first
        assert len(world.deployments.history[MODEL]) == 1

    def test_a_manifest_that_was_changed_since_serves_nobody(self, world: World) -> None:
        add(world, 4, manifest_sha256=sha("the manifest that was registered"))
        with pytest.raises(ArtifactInvalid, match=r"manifest.json of churn version 4 has SHA-256 .* changed"):
            world.deploy(plan(world, 4))
        assert world.deployments.load(MODEL) is None
        assert world.versions.load(MODEL, 4).state is CANDIDATE

    def test_a_plan_made_on_an_older_deployment_is_refused(self, world: World) -> None:
        late = plan(world, 3)
        world.deploy(plan(world, 2))
        with pytest.raises(ReleaseRefused, match="planned on 0"):
            world.deploy(late)
        assert states(world) == [CANDIDATE, LIVE, CANDIDATE]

    def test_who_loses_at_the_last_moment_is_refused(self, world: World) -> None:
        class Racing(FakeDeploymentRegistry):
            def replace(self, deployment: Any, *, states: Any, **more: Any) -> None:
                if deployment.champion.version == 1:
                    super().replace(deployment, states={2: (CANDIDATE, LIVE)})
                super().replace(deployment, states=states, **more)

        world.deployments = Racing(world.versions)
        with pytest.raises(RegistryConflict):
            world.deploy(plan(world, 1))
        with pytest.raises(ReleaseRefused, match="planned on 0"):
            world.deploy(plan(world, 1))
        assert states(world) == [CANDIDATE, LIVE, CANDIDATE]

    @pytest.mark.parametrize("state", [REJECTED, LIVE])
    def test_a_state_that_does_not_lead_to_live_is_refused(self, world: World, state: VersionState) -> None:
        add(world, 4, state)
        with pytest.raises(ReleaseRefused, match="cannot go live"):
            world.deploy(plan(world, 4))
        assert world.deployments.load(MODEL) is None

    def test_a_crash_anywhere_and_a_retry_deploy_once_and_tell(self) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = filled(World())
            world.deploy(plan(world, 1))
            world.plan = crash
            try:
                world.deploy(plan(world, 2, generation=1))
            except Crash:
                world.deploy(plan(world, 2, generation=1))
            assert [d.champion.version for d in world.deployments.history[MODEL]] == [1, 2]
            assert states(world) == [RETIRED, LIVE, CANDIDATE]
            assert {told.version for told in world.publisher.of(ModelDeployed)} == {1, 2}

        assert sweep(scenario) >= 5


class TestConclude:
    @pytest.fixture
    def failed(self, world: World) -> ExecutionEnded:
        world.engine.stage = "Preflight"
        return ExecutionEnded(
            execution_arn="arn",
            name=release_id(MODEL, version=2, event_id=EVENT),
            status="FAILED",
            error="PreflightFailed",
            cause="row 3 differs",
        )

    def test_a_failed_release_is_noted_and_told(self, world: World, failed: ExecutionEnded) -> None:
        world.conclude_release(failed)
        (told,) = world.publisher.of(RunFailed)
        assert (told.stage, told.error, told.cause) == ("Preflight", "PreflightFailed", "row 3 differs")
        assert told.run_id == f"{MODEL}-d2-s1"
        noted = world.versions.load(MODEL, 2)
        assert noted.state is CANDIDATE
        assert noted.note.endswith("failed in Preflight: PreflightFailed: row 3 differs")

    def test_a_second_delivery_tells_nobody(self, world: World, failed: ExecutionEnded) -> None:
        world.conclude_release(failed)
        world.conclude_release(failed)
        assert len(world.publisher.events) == 1

    @pytest.mark.parametrize("name", ["by-hand", f"{MODEL}-d1-s1", f"{MODEL}-v9-g0-0a1b2c3d"])
    def test_other_executions_are_left_alone(self, world: World, name: str) -> None:
        world.conclude_release(ExecutionEnded(execution_arn="arn", name=name, status="FAILED"))
        assert world.publisher.events == []
