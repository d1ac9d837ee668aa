from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from tests.fakes.clock import START
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.evidence import evidence
from tests.fakes.registry import FakeVersionRegistry
from tests.fakes.samples import MODEL, batch, dropped, evaluated, order, receipt, run, sha, spec
from tests.fakes.world import CODE_SHA256, World
from tideline.domain import keys
from tideline.domain.release.capsule import Capsule, Surroundings
from tideline.domain.release.deployment import signature
from tideline.domain.release.manifest import Manifest
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import (
    FittedModel,
    Prepared,
    RegistrationTask,
    Run,
    RunOrder,
    RunStatus,
    TrialResult,
)
from tideline.errors import RegistryConflict
from tideline.events.facts import ModelRegistered, ModelRejected


@pytest.fixture
def world() -> World:
    return filled(World())


def filled(world: World) -> World:
    for trials in (1, 2):
        head = world.specs.head(MODEL)
        world.specs.append(spec(training={"trials": trials}), head=head, at=START)
    for number, supersedes in ((1, ()), (2, (1,))):
        obj = dropped(f"{number}.csv")
        world.receipts.claim(MODEL, obj)
        world.datasets.accept(batch(number, obj=obj, supersedes=supersedes), obj, receipt(obj))
    return world


def trained(world: World, run_order: RunOrder, artifact: bytes = b"onnx") -> FittedModel:
    """Leave in the lake and the registry what a run has made before it registers."""
    if world.runs.load(MODEL, run_order.run_id) is None:
        world.runs.begin(run(run_order, RunStatus.STARTING), event_id=run_order.run_id)
        world.runs.save(run(run_order, RunStatus.RUNNING))
        world.runs.release_lock(MODEL, run_order.run_id)
    made = signature(spec(), classes=()).model_dump(mode="json")
    prepared = Prepared(trials=(), rows_train=100, rows_holdout=20, holdout=3)
    files = {
        "candidate.onnx": artifact,
        "report.json": b"{}",
        "latency.json": b'{"calls": 9, "p50_us": 80.0, "p99_us": 120.0}',
        "reference.json": b'{"held": "against"}',
    }
    files["prepared.json"] = prepared.model_dump_json().encode()
    files["golden.json"] = json.dumps({"signature": made}).encode()
    for name, content in files.items():
        world.lake.write(keys.run_key(MODEL, run_order.run_id, name), content)
    return FittedModel(
        sha256=sha(artifact.decode()),
        size_bytes=len(artifact),
        trainer="linear",
        parameters={"l2": 0.1},
        rounds=3,
        score=0.9,
        library_versions={"numpy": "2"},
        platform={"python": "3.13.1"},
        code_sha256=CODE_SHA256,
        lock_sha256=sha("lock"),
    )


def task(
    world: World, run_order: RunOrder, *, verdict: str = "PROMOTE", artifact: bytes = b"onnx"
) -> RegistrationTask:
    results = [
        TrialResult(index=n, trainer="linear", parameters={}, score=score, rounds=3, seconds=0.1)
        for n, score in enumerate((0.5, 0.9))
    ]
    reasons = ("beats the floor",) if verdict == "PROMOTE" else ("below the minimum",)
    return RegistrationTask(
        order=run_order,
        results=tuple(results),
        fitted=trained(world, run_order, artifact),
        evaluation=evaluated(verdict, *reasons),
    )


def record(world: World, run_order: RunOrder) -> Run:
    found = world.runs.load(MODEL, run_order.run_id)
    assert found is not None
    return found


def test_a_promoted_model_is_a_candidate_with_all_its_files(world: World) -> None:
    version = world.register_model(task(world, order(2)))
    assert (version.number, version.state) == (1, VersionState.CANDIDATE)
    assert world.lake.read(keys.version_key(MODEL, 1, "model.onnx")) == b"onnx"
    assert {key for key in world.lake.keys if "/versions/" in key} == {
        keys.version_key(MODEL, 1, name)
        for name in (
            "model.onnx",
            "report.json",
            "golden.json",
            "latency.json",
            "reference.json",
            "capsule.json",
            "manifest.json",
        )
    }
    assert record(world, order(2)).status is RunStatus.REGISTERED
    assert record(world, order(2)).version == 1
    (told,) = world.publisher.of(ModelRegistered)
    assert (told.version, told.artifact_sha256, told.value) == (1, sha("onnx"), 0.8)
    assert (told.verdict, told.reasons) == ("PROMOTE", ("beats the floor",))


def test_a_card_lies_beside_the_artifact(world: World) -> None:
    wanted = task(world, order(2))
    report = evidence("regression", whole=False).report
    world.lake.write(keys.run_key(MODEL, wanted.order.run_id, "report.json"), report.to_json())
    world.register_model(wanted)
    page, text = (world.lake.read(keys.version_key(MODEL, 1, f"card.{kind}")) for kind in ("html", "md"))
    assert b"churn/data/2.csv" in page
    assert b"churn/data/2.csv" in text


def test_a_card_that_cannot_be_made_costs_no_version(world: World) -> None:
    wanted = task(world, order(2))
    world.lake.write(keys.run_key(MODEL, wanted.order.run_id, "report.json"), b"no report at all")
    assert world.register_model(wanted).number == 1
    assert record(world, order(2)).status is RunStatus.REGISTERED
    assert not any("card." in key for key in world.lake.keys)


def test_what_explains_a_version_lies_beside_it_and_the_manifest_vouches_for_it(world: World) -> None:
    wanted = task(world, order(2))
    world.lake.write(keys.run_key(MODEL, wanted.order.run_id, "explanation.json"), b"why")
    fitted = wanted.fitted.model_copy(update={"explanation_sha256": sha("why")})
    world.register_model(wanted.model_copy(update={"fitted": fitted}))
    assert world.lake.read(keys.version_key(MODEL, 1, "explanation.json")) == b"why"
    manifest = Manifest.model_validate_json(world.lake.read(keys.version_key(MODEL, 1, "manifest.json")))
    assert manifest.explanation_sha256 == sha("why")


def test_a_run_that_an_older_release_evaluated_is_registered_without_a_reference(world: World) -> None:
    wanted = task(world, order(2))
    world.lake.delete(keys.run_key(MODEL, wanted.order.run_id, "reference.json"))
    assert world.register_model(wanted).number == 1
    assert keys.reference_key(MODEL, 1) not in world.lake.keys


def test_the_manifest_names_everything_that_led_here(world: World) -> None:
    world.register_model(task(world, order(2)))
    manifest = Manifest.model_validate_json(world.lake.read(keys.version_key(MODEL, 1, "manifest.json")))
    assert manifest.spec_sha256 == world.specs.load(MODEL, 1).sha256
    assert [b.number for b in manifest.batches] == [2]
    assert manifest.batches[0].object_key == f"{MODEL}/data/2.csv"
    assert [trial.score for trial in manifest.trials] == [0.9, 0.5]
    assert (manifest.code_sha256, manifest.seed, manifest.library_versions) == (
        CODE_SHA256,
        1,
        {"numpy": "2"},
    )
    assert manifest.signature == signature(spec(), classes=())


def test_the_capsule_holds_all_that_training_again_needs(world: World) -> None:
    wanted = task(world, order(2))
    world.register_model(wanted)
    content = world.lake.read(keys.version_key(MODEL, 1, "capsule.json"))
    capsule = Capsule.model_validate_json(content)

    assert capsule.order == order(2)
    assert capsule.spec == world.specs.load(MODEL, 1)
    assert capsule.spec_sha256 == capsule.spec.sha256
    (held,) = capsule.batches
    assert held.lake_key == keys.dataset_key(MODEL, world.datasets.batches(MODEL)[1].sha256)
    assert (held.object_key, held.source_sha256) == (f"{MODEL}/data/2.csv", sha("content 2"))
    assert (capsule.trial, capsule.holdout) == (wanted.results[1], 3)
    assert capsule.surroundings == Surroundings(
        code_sha256=CODE_SHA256,
        lock_sha256=sha("lock"),
        libraries={"numpy": "2"},
        platform={"python": "3.13.1"},
    )
    assert (capsule.artifact_sha256, capsule.evaluation) == (sha("onnx"), wanted.evaluation)


def test_the_manifest_vouches_for_the_capsule(world: World) -> None:
    world.register_model(task(world, order(2)))
    manifest = Manifest.model_validate_json(world.lake.read(keys.version_key(MODEL, 1, "manifest.json")))
    capsule = world.lake.read(keys.version_key(MODEL, 1, "capsule.json"))
    assert manifest.capsule_sha256 == hashlib.sha256(capsule).hexdigest()


def test_the_registry_vouches_for_the_manifest(world: World) -> None:
    version = world.register_model(task(world, order(2)))
    assert version.manifest_sha256 == manifest_sha256(world)
    assert world.versions.load(MODEL, 1).manifest_sha256 == manifest_sha256(world)


def manifest_sha256(world: World) -> str:
    return hashlib.sha256(world.lake.read(keys.version_key(MODEL, 1, "manifest.json"))).hexdigest()


@pytest.mark.parametrize("verdict", ["REJECT", "INCONCLUSIVE"])
def test_a_model_that_may_not_go_live_has_a_number_and_its_reasons(world: World, verdict: str) -> None:
    version = world.register_model(task(world, order(), verdict=verdict))
    assert version.state is VersionState.REJECTED
    assert record(world, order()).status is RunStatus.REJECTED
    (told,) = world.publisher.of(ModelRejected)
    assert (told.verdict, told.reasons) == (verdict, ("below the minimum",))
    assert world.publisher.of(ModelRegistered) == []


def test_registering_again_returns_the_number_and_tells_nobody(world: World) -> None:
    wanted = task(world, order())
    numbers = {world.register_model(wanted).number for _ in range(8)}
    assert numbers == {1}
    assert len(world.publisher.events) == 1


def test_another_attempt_at_the_same_work_has_the_same_version(world: World) -> None:
    world.register_model(task(world, order()))
    again = world.register_model(task(world, order(attempt=2)))
    assert again.number == world.versions.latest_number(MODEL) == 1
    assert record(world, order(attempt=2)).version == 1


@pytest.mark.parametrize("verdict", ["REJECT", "INCONCLUSIVE"])
def test_the_same_work_that_is_judged_worse_now_is_released_by_nobody(world: World, verdict: str) -> None:
    world.register_model(task(world, order()))
    again = order(attempt=2)
    version = world.register_model(task(world, again, verdict=verdict))
    assert version.state is VersionState.CANDIDATE
    (promoted,), (rejected,) = world.publisher.of(ModelRegistered), world.publisher.of(ModelRejected)
    assert (promoted.run_id, rejected.run_id) == (order().run_id, again.run_id)
    stays = f"version 1, the same work by run {order().run_id}, stays as it is: candidate"
    assert (rejected.verdict, rejected.reasons) == (verdict, ("below the minimum", stays))
    ended = record(world, again)
    assert ended.status is RunStatus.REJECTED
    assert ended.evaluation is not None
    assert ended.evaluation.verdict == verdict


def test_the_same_work_that_was_rejected_before_stays_rejected_for_its_own_reasons(world: World) -> None:
    world.register_model(task(world, order(), verdict="REJECT"))
    again = order(attempt=2)
    world.register_model(task(world, again))
    assert world.publisher.of(ModelRegistered) == []
    told = world.publisher.of(ModelRejected)[-1]
    stays = f"version 1, the same work by run {order().run_id}, was rejected before and stays so"
    assert (told.run_id, told.verdict, told.reasons) == (again.run_id, "REJECT", ("below the minimum", stays))
    assert record(world, again).status is RunStatus.REJECTED


def test_the_same_artifact_under_another_spec_is_judged_anew(world: World) -> None:
    world.register_model(task(world, order(spec_version=1), verdict="REJECT"))
    again = world.register_model(task(world, order(spec_version=2)))
    assert (again.number, again.state) == (2, VersionState.CANDIDATE)


def test_numbers_have_no_gaps(world: World) -> None:
    made = [world.register_model(task(world, order(attempt=n), artifact=b"%d" % n)).number for n in (1, 2, 3)]
    assert made == [1, 2, 3]


class _Racing(FakeVersionRegistry):
    """Just before a version is registered, somebody else registers one."""

    rivals: list[ModelVersion]

    def register(self, version: ModelVersion) -> None:
        if self.rivals:
            super().register(self.rivals.pop(0))
        super().register(version)


@pytest.mark.parametrize("same_work", [True, False])
def test_who_loses_the_number_takes_the_next_or_finds_the_same_work(same_work: bool) -> None:
    versions = _Racing()
    world = filled(World(versions=versions))
    wanted = task(world, order())
    versions.rivals = []
    rival = world.register_model._version(wanted, 1).model_copy(update={"run_id": "rival-d1-s1"})
    versions.rivals = [rival if same_work else rival.model_copy(update={"sha256": "f" * 64})]
    assert world.register_model(wanted).number == (1 if same_work else 2)


def test_files_that_a_second_try_of_the_run_replaced_are_as_the_first_registered_them() -> None:
    versions = _Racing()
    world = filled(World(versions=versions))
    wanted = task(world, order())
    files = world.register_model._files
    first = world.register_model._version(wanted, 1)
    first = first.model_copy(update={"created_at": first.created_at - timedelta(seconds=9)})
    versions.rivals = [first.model_copy(update={"manifest_sha256": files.write(wanted, first)})]
    assert world.register_model(wanted).created_at == first.created_at
    assert versions.load(MODEL, 1).manifest_sha256 == manifest_sha256(world)


def test_who_always_loses_the_number_tries_again_later(world: World) -> None:
    class Storm(FakeVersionRegistry):
        def register(self, version: ModelVersion) -> None:
            raise RegistryConflict("another writer was first")

    world.versions = Storm()
    with pytest.raises(RegistryConflict, match="others took the next version number"):
        world.register_model(task(world, order()))


def test_a_run_that_was_concluded_as_failed_stays_so(world: World) -> None:
    wanted = task(world, order())
    world.runs.save(run(order(), RunStatus.FAILED))
    assert world.register_model(wanted).number == 1
    assert record(world, order()).status is RunStatus.FAILED
    assert world.publisher.events == []


@pytest.mark.parametrize("verdict", ["PROMOTE", "REJECT"])
def test_a_crash_anywhere_and_a_retry_end_in_one_whole_version(verdict: str) -> None:
    def scenario(plan: CrashPlan) -> None:
        world = filled(World(plan=plan))
        wanted = task(world, order(), verdict=verdict)
        try:
            world.register_model(wanted)
        except Crash:
            world.register_model(wanted)
        assert world.versions.latest_number(MODEL) == 1
        assert record(world, order()).is_over
        manifest = Manifest.model_validate_json(world.lake.read(keys.version_key(MODEL, 1, "manifest.json")))
        assert manifest.artifact_sha256 == world.versions.load(MODEL, 1).sha256
        assert manifest_sha256(world) == world.versions.load(MODEL, 1).manifest_sha256
        assert {getattr(event, "version", None) for event in world.publisher.events} == {1}

    assert sweep(scenario) >= 12
