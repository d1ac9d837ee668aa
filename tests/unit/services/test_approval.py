"""An approval from the question to the deployment, on fakes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.samples import ALICE, BOB, MODEL, evaluated, order, run, spec
from tests.fakes.world import World
from tests.unit.services.test_release import EVENT, add, plan, wish
from tests.unit.services.test_release import filled as with_versions
from tideline.domain import keys
from tideline.domain.ledger.entry import DecisionKind
from tideline.domain.release.approval import Approval, ApprovalTask
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus
from tideline.errors import (
    ApprovalRefused,
    ApproverRefused,
    RegistryConflict,
    ReleaseRefused,
    UnknownVersion,
)
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import ApprovalRequested, ModelDeployed, ModelRejected, RunFailed
from tideline.services.decide_approval import Answer

CANDIDATE, AWAITING, APPROVED = (
    VersionState.CANDIDATE,
    VersionState.AWAITING_APPROVAL,
    VersionState.APPROVED,
)
REPORT = b'{"verdict": "PROMOTE"}'
CAROL = ALICE.replace("alice", "carol")
OTHER = "f" * 64


def filled(world: World) -> World:
    """Version 4 is a candidate that Alice's run made, under a spec that asks for approval."""
    with_versions(world, release={"approval": "required", "approval_within": "1h"})
    report = hashlib.sha256(REPORT).hexdigest()
    add(world, 4, evaluation=evaluated("PROMOTE", "good").model_copy(update={"report_sha256": report}))
    world.lake.write(keys.version_key(MODEL, 4, "report.json"), REPORT)
    made = run(order(4), RunStatus.RUNNING, requested_by=ALICE)
    world.runs.begin(made, event_id="e")
    return world


@pytest.fixture
def world() -> World:
    return filled(World())


def task(token: str = "token", *, event: str = EVENT, **fields: Any) -> ApprovalTask:
    needed = plan(World(), 4, event=event).model_copy(
        update={"needs_approval": True, "approval_within_s": 3600} | fields
    )
    return ApprovalTask(order=needed, task_token=token)


def answer(decision: Any = "approve", by: str = BOB, **fields: Any) -> Answer:
    return Answer(MODEL, 4, decision, by, **fields)


def state(world: World) -> VersionState:
    return world.versions.load(MODEL, 4).state


def whole(world: World) -> tuple[object, ...]:
    """Return everything that an answer may change."""
    return (
        dict(world.versions.versions),
        dict(world.approvals.approvals),
        list(world.approvals.decisions),
        list(world.tasks.told),
        list(world.publisher.events),
    )


class TestRequest:
    def test_a_question_is_bound_to_artifact_and_report_and_expires(self, world: World) -> None:
        approval = world.request_approval(task())
        request = approval.request
        assert state(world) is AWAITING
        assert request.artifact_sha256 == world.versions.load(MODEL, 4).sha256
        assert request.report_sha256 == hashlib.sha256(REPORT).hexdigest()
        assert request.expires_at - request.requested_at == timedelta(hours=1)
        assert world.approvals.load(MODEL, 4) == approval

    def test_it_is_told_without_its_token(self, world: World) -> None:
        request = world.request_approval(task("secret-token")).request
        (told,) = world.publisher.of(ApprovalRequested)
        assert (told.artifact_sha256, told.requested_by) == (request.artifact_sha256, (ALICE,))
        assert (told.expires_at, told.reasons) == (request.expires_at, ("good",))
        assert "secret-token" not in told.model_dump_json()

    @pytest.mark.parametrize(
        ("claim", "requesters"),
        [("", (ALICE,)), (ALICE, (ALICE,)), (CAROL, (ALICE, CAROL)), ("ann", (ALICE,))],
    )
    def test_who_asked_for_the_run_or_the_release_is_a_requester(
        self, world: World, claim: str, requesters: tuple[str, ...]
    ) -> None:
        assert world.request_approval(task(requested_by=claim)).request.requesters == requesters

    def test_a_retry_brings_a_new_token_and_the_same_question(self, world: World) -> None:
        first = world.request_approval(task("one")).request
        second = world.request_approval(task("two")).request
        assert second == first.model_copy(update={"task_token": "two"})
        world.decide_approval(answer())
        assert world.tasks.told == [("two", "go on")]

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_a_retry_after_the_answer_passes_it_on(self, world: World, decision: str) -> None:
        world.request_approval(task("one"))
        world.decide_approval(answer(decision))
        world.request_approval(task("two"))
        told = [(token, said.partition(":")[0]) for token, said in world.tasks.told]
        said = "go on" if decision == "approve" else "ApprovalRejected"
        assert told == [("one", said), ("two", said)]

    def test_one_release_of_a_version_waits_at_a_time(self, world: World) -> None:
        world.request_approval(task())
        before = whole(world)
        with pytest.raises(ReleaseRefused, match="awaits approval already"):
            world.request_approval(task(event="ffffffff-1"))
        assert whole(world) == before

    def test_a_rejected_version_cannot_be_asked_for(self, world: World) -> None:
        world.request_approval(task())
        world.decide_approval(answer("reject"))
        with pytest.raises(ReleaseRefused, match="rejected and cannot be approved"):
            world.request_approval(task(event="ffffffff-1"))


class TestDecide:
    def test_an_approval_is_stored_and_wakes_the_workflow(self, world: World) -> None:
        world.request_approval(task())
        approval = world.decide_approval(answer(comment="fine"))
        assert approval.decision is not None
        assert (approval.decision.approver, approval.decision.comment) == (BOB, "fine")
        assert world.approvals.load(MODEL, 4) == approval
        assert state(world) is APPROVED
        assert world.tasks.told == [("token", "go on")]
        assert [entry.kind for entry in world.approvals.decisions] == [
            DecisionKind.APPROVAL_REQUEST,
            DecisionKind.APPROVAL,
        ]

    def test_a_rejection_is_told_with_who_and_why(self, world: World) -> None:
        world.request_approval(task())
        world.decide_approval(answer("reject", comment="unfair to the old"))
        reason = f"rejected by {BOB}: unfair to the old"
        assert (state(world), world.versions.load(MODEL, 4).note) == (VersionState.REJECTED, reason)
        (told,) = world.publisher.of(ModelRejected)
        assert (told.version, told.reasons) == (4, (reason,))
        assert world.tasks.told == [("token", f"ApprovalRejected: {reason}")]

    def test_who_asked_cannot_decide(self, world: World) -> None:
        world.request_approval(task(requested_by=CAROL))
        before = whole(world)
        for requester in (ALICE, CAROL):
            for decision in ("approve", "reject"):
                with pytest.raises(ApproverRefused, match="somebody else"):
                    world.decide_approval(answer(decision, by=requester))
        assert whole(world) == before

    def test_a_version_that_nobody_asked_about_is_refused(self, world: World) -> None:
        with pytest.raises(ApprovalRefused, match="is candidate and awaits no approval"):
            world.decide_approval(answer())
        with pytest.raises(UnknownVersion):
            world.decide_approval(Answer(MODEL, 99, "approve", BOB))

    @pytest.mark.parametrize("stale", ["artifact_sha256", "report_sha256"])
    def test_an_answer_about_something_else_is_refused(self, world: World, stale: str) -> None:
        world.request_approval(task())
        before = whole(world)
        with pytest.raises(ApprovalRefused, match="not that one"):
            world.decide_approval(answer(**{stale: OTHER}))
        assert whole(world) == before

    def test_an_answer_that_names_the_right_hashes_is_taken(self, world: World) -> None:
        request = world.request_approval(task()).request
        hashes = {name: getattr(request, name) for name in ("artifact_sha256", "report_sha256")}
        world.decide_approval(answer(**hashes))
        assert state(world) is APPROVED

    @pytest.mark.parametrize("report", [b"{}", None], ids=["changed", "gone"])
    def test_a_report_that_is_no_longer_the_same_is_refused(self, world: World, report: bytes | None) -> None:
        world.request_approval(task())
        key = keys.version_key(MODEL, 4, "report.json")
        if report is None:
            world.lake.delete(key)
        else:
            world.lake.write(key, report)
        before = whole(world)
        with pytest.raises(ApprovalRefused, match="the report on version 4"):
            world.decide_approval(answer())
        assert whole(world) == before

    def test_an_artifact_that_is_no_longer_the_same_is_refused(self, world: World) -> None:
        world.request_approval(task())
        stored = world.versions.versions
        stored[MODEL, 4] = stored[MODEL, 4].model_copy(update={"sha256": OTHER})
        with pytest.raises(ApprovalRefused, match="another artifact"):
            world.decide_approval(answer())
        assert state(world) is AWAITING

    def test_an_answer_after_time_is_up_is_refused(self, world: World) -> None:
        world.request_approval(task())
        world.clock.wait(hours=1)
        before = whole(world)
        with pytest.raises(ApprovalRefused, match="expired at 2026-03-01 13:00 UTC"):
            world.decide_approval(answer())
        assert whole(world) == before

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_the_same_answer_again_is_the_same_and_wakes_again(self, world: World, decision: str) -> None:
        world.request_approval(task())
        first = world.decide_approval(answer(decision))
        world.tasks.gone.add("token")
        assert world.decide_approval(answer(decision)) == first
        assert len(world.approvals.decisions) == 2
        assert len(world.tasks.told) == 2

    @pytest.mark.parametrize(("decision", "by"), [("reject", BOB), ("approve", CAROL), ("reject", CAROL)])
    def test_a_second_other_answer_is_refused(self, world: World, decision: str, by: str) -> None:
        world.request_approval(task())
        world.decide_approval(answer())
        before = whole(world)
        with pytest.raises(ApprovalRefused, match=f"was approved by {BOB}"):
            world.decide_approval(answer(decision, by=by))
        assert whole(world) == before

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_an_answer_to_a_release_that_has_ended_gives_it_up(self, world: World, decision: str) -> None:
        name = world.request_approval(task()).request.release_id
        world.engine.ended.add(world.engine.execution_arn(name))
        with pytest.raises(ApprovalRefused, match=f"{name} has ended; ask again.*release {MODEL} 4"):
            world.decide_approval(answer(decision))
        assert (state(world), world.tasks.told) == (CANDIDATE, [])
        assert world.start_release(wish(4, event="ffffffff-1")) is not None
        world.request_approval(task("new", event="ffffffff-1"))
        world.decide_approval(answer())
        assert (state(world), world.tasks.told) == (APPROVED, [("new", "go on")])

    def test_an_approval_whose_release_ends_at_the_same_moment_is_given_up(self, world: World) -> None:
        name = world.request_approval(task()).request.release_id
        world.tasks.gone.add("token")
        decide = world.approvals.decide

        def slower(*args: Any, **kwargs: Any) -> None:
            decide(*args, **kwargs)
            world.engine.ended.add(world.engine.execution_arn(name))

        world.approvals.decide = slower  # type: ignore[method-assign]
        with pytest.raises(ApprovalRefused, match=f"{name} has ended"):
            world.decide_approval(answer())
        assert state(world) is CANDIDATE

    def test_an_approval_given_again_after_its_release_ended_in_silence_is_given_up(
        self, world: World
    ) -> None:
        name = world.request_approval(task()).request.release_id
        world.decide_approval(answer())
        world.tasks.gone.add("token")
        assert world.decide_approval(answer()).decision is not None
        world.engine.ended.add(world.engine.execution_arn(name))
        with pytest.raises(ApprovalRefused, match=f"{name} has ended"):
            world.decide_approval(answer())
        assert state(world) is CANDIDATE

    def test_a_release_that_ended_because_it_is_live_is_no_failure(self, world: World) -> None:
        name = world.request_approval(task()).request.release_id
        first = world.decide_approval(answer())
        world.deploy(task().order)
        world.tasks.gone.add("token")
        world.engine.ended.add(world.engine.execution_arn(name))
        assert world.decide_approval(answer()) == first
        assert state(world) is VersionState.LIVE

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    @pytest.mark.parametrize("stale", ["artifact_sha256", "report_sha256"])
    def test_the_same_answer_about_something_else_is_refused(
        self, world: World, decision: str, stale: str
    ) -> None:
        world.request_approval(task())
        world.decide_approval(answer(decision))
        before = whole(world)
        with pytest.raises(ApprovalRefused, match="not that one"):
            world.decide_approval(answer(decision, **{stale: OTHER}))
        assert whole(world) == before

    def test_an_approval_that_was_given_up_is_not_accepted_again(self, world: World) -> None:
        world.request_approval(task())
        approval = world.decide_approval(answer())
        world.approvals.give_up(approval, state=APPROVED, note="over", at=world.clock())
        before = whole(world)
        with pytest.raises(ApprovalRefused, match=f"candidate: its approval is over.*release {MODEL} 4"):
            world.decide_approval(answer())
        assert whole(world) == before

    def test_an_approval_that_went_live_may_be_given_again(self, world: World) -> None:
        world.request_approval(task())
        first = world.decide_approval(answer())
        world.deploy(task().order)
        assert world.decide_approval(answer()) == first

    @pytest.mark.parametrize(
        ("rival", "error"),
        [
            (answer(by=CAROL), ApprovalRefused),
            (answer("reject", by=CAROL), ApprovalRefused),
            (answer(), None),
        ],
        ids=["somebody else", "the opposite", "the same"],
    )
    def test_who_loses_the_race_sees_what_won(
        self, world: World, rival: Answer, error: type[Exception] | None
    ) -> None:
        world.request_approval(task())
        decide = world.approvals.decide

        def slower(*args: Any, **kwargs: Any) -> None:
            world.approvals.decide = decide  # type: ignore[method-assign]
            world.decide_approval(rival)
            decide(*args, **kwargs)

        world.approvals.decide = slower  # type: ignore[method-assign]
        if error is None:
            world.decide_approval(answer())
        else:
            with pytest.raises(error, match=f"by {CAROL}"):
                world.decide_approval(answer())
        assert len([d for d in world.approvals.decisions if d.kind is DecisionKind.APPROVAL]) == 1

    def test_who_loses_against_the_end_of_the_release_decides_nothing(self, world: World) -> None:
        approval = world.request_approval(task())
        decide = world.approvals.decide

        def slower(*args: Any, **kwargs: Any) -> None:
            world.approvals.give_up(approval, state=AWAITING, note="over", at=world.clock())
            decide(*args, **kwargs)

        world.approvals.decide = slower  # type: ignore[method-assign]
        with pytest.raises(RegistryConflict, match="nothing was decided"):
            world.decide_approval(answer())
        assert (state(world), world.tasks.told) == (CANDIDATE, [])

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_a_crash_anywhere_and_the_same_call_again_decide_once(self, decision: str) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = filled(World())
            world.request_approval(task())
            world.plan = crash
            try:
                world.decide_approval(answer(decision))
            except Crash:
                world.decide_approval(answer(decision))
            kinds = [entry.kind for entry in world.approvals.decisions]
            assert kinds == [DecisionKind.APPROVAL_REQUEST, DecisionKind.APPROVAL]
            assert world.tasks.told
            assert bool(world.publisher.of(ModelRejected)) is (decision == "reject")

        assert sweep(scenario) >= 5

    def test_a_crash_anywhere_in_the_question_and_a_retry_ask_once(self) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = filled(World())
            world.plan = crash
            try:
                world.request_approval(task("one"))
            except Crash:
                world.request_approval(task("two"))
            assert state(world) is AWAITING
            assert [entry.kind for entry in world.approvals.decisions] == [DecisionKind.APPROVAL_REQUEST]
            assert world.publisher.of(ApprovalRequested)

        assert sweep(scenario) >= 5


class TestStart:
    def test_a_registration_told_twice_asks_once(self, world: World) -> None:
        name = world.start_release(wish(4, automatic=True))
        world.request_approval(task())
        assert world.start_release(wish(4, automatic=True, event="ffffffff-ffff")) is None
        assert list(world.engine.started) == [name]
        assert world.publisher.of(RunFailed) == []

    def test_the_same_request_told_again_is_the_release_that_waits(self, world: World) -> None:
        name = world.start_release(wish(4))
        world.request_approval(task())
        assert world.start_release(wish(4)) == name
        assert world.publisher.of(RunFailed) == []

    def test_another_request_while_one_waits_is_refused(self, world: World) -> None:
        world.request_approval(task())
        assert world.start_release(wish(4, event="ffffffff-ffff")) is None
        (told,) = world.publisher.of(RunFailed)
        assert f"release {task().order.release_id} of version 4 is under way" in told.cause
        assert state(world) is AWAITING

    @pytest.mark.parametrize("approved", [True, False])
    def test_a_release_that_ended_in_silence_gives_way(self, world: World, approved: bool) -> None:
        world.request_approval(task())
        if approved:
            world.decide_approval(answer())
        world.engine.ended.add(world.engine.execution_arn(task().order.release_id))
        name = world.start_release(wish(4, event="ffffffff-ffff"))
        assert (name is not None, state(world)) == (True, CANDIDATE)
        assert "nobody concluded it" in world.versions.load(MODEL, 4).note
        again = world.request_approval(task("new", event="ffffffff-ffff"))
        assert world.approvals.load(MODEL, 4) == again
        world.decide_approval(answer())
        assert world.tasks.told[-1] == ("new", "go on")

    def test_after_time_is_up_somebody_may_ask_again(self, world: World) -> None:
        world.request_approval(task())
        world.clock.wait(hours=2)
        assert world.start_release(wish(4, event="ffffffff-ffff")) is not None
        assert state(world) is CANDIDATE

    def test_a_state_that_changes_meanwhile_is_looked_at_again(self, world: World) -> None:
        world.request_approval(task())
        stale = world.versions.load(MODEL, 4)
        world.decide_approval(answer())
        world.engine.ended.add(world.engine.execution_arn(task().order.release_id))
        load = world.versions.load
        world.versions.load = lambda *_: stale  # type: ignore[method-assign]
        with pytest.raises(RegistryConflict):
            world.start_release(wish(4, event="ffffffff-ffff"))
        world.versions.load = load  # type: ignore[method-assign]
        assert state(world) is APPROVED

    def test_a_persons_rejection_is_the_reason_that_is_told(self, world: World) -> None:
        world.request_approval(task())
        world.decide_approval(answer("reject", comment="no"))
        assert world.start_release(wish(4, event="ffffffff-ffff")) is None
        assert f"rejected by {BOB}: no" in world.publisher.of(RunFailed)[0].cause


class TestDeploy:
    def test_what_is_approved_goes_live(self, world: World) -> None:
        world.request_approval(task())
        world.decide_approval(answer())
        world.deploy(task().order)
        assert state(world) is VersionState.LIVE
        assert [told.version for told in world.publisher.of(ModelDeployed)] == [4]

    def test_a_workflow_woken_by_other_means_deploys_nothing(self, world: World) -> None:
        orders = [
            task().order,
            # As somebody would write it who starts the workflow by hand.
            task().order.model_copy(update={"needs_approval": False}),
        ]
        for given in orders:
            with pytest.raises(ReleaseRefused, match="needs an approval"):
                world.deploy(given)
        world.request_approval(task())
        for given in orders:
            with pytest.raises(ReleaseRefused, match="awaiting_approval and cannot go live"):
                world.deploy(given)
        assert world.deployments.load(MODEL) is None

    def test_an_approval_is_for_one_release_of_one_artifact(self, world: World) -> None:
        world.request_approval(task())
        world.decide_approval(answer())
        another: ReleaseOrder = task(event="ffffffff-ffff").order
        with pytest.raises(ReleaseRefused, match="needs an approval"):
            world.deploy(another)
        stored = world.versions.versions
        stored[MODEL, 4] = stored[MODEL, 4].model_copy(update={"sha256": OTHER})
        with pytest.raises(ReleaseRefused, match="needs an approval"):
            world.deploy(task().order)
        assert world.deployments.load(MODEL) is None


class TestSpecFlip:
    """Version 4 was made under a spec that asks for approvals; the newest one does not."""

    @pytest.fixture
    def flipped(self, world: World) -> World:
        world.specs.append(spec(release={"approval": "automatic"}), head=world.specs.head(MODEL), at=START)
        return world

    @pytest.mark.parametrize("automatic", [True, False])
    def test_its_release_still_asks(self, flipped: World, automatic: bool) -> None:
        name = flipped.start_release(wish(4, automatic=automatic))
        order = ReleaseOrder.model_validate_json(flipped.engine.started[name or ""])
        assert (order.needs_approval, order.approval_within_s) == (True, 3600)

    def test_it_is_not_deployed_without_approval(self, flipped: World) -> None:
        with pytest.raises(ReleaseRefused, match="needs an approval"):
            flipped.deploy(plan(flipped, 4))
        flipped.request_approval(task())
        flipped.decide_approval(answer())
        flipped.deploy(task().order)
        assert state(flipped) is VersionState.LIVE

    def test_what_is_made_under_the_newer_spec_needs_none(self, flipped: World) -> None:
        add(flipped, 5, spec_version=2)
        flipped.deploy(plan(flipped, 5))
        assert flipped.versions.load(MODEL, 5).state is VersionState.LIVE

    def test_a_newest_spec_that_asks_is_heard_for_every_version(self, flipped: World) -> None:
        add(flipped, 5, spec_version=2)
        required = spec(release={"approval": "required", "approval_within": "2h"})
        flipped.specs.append(required, head=flipped.specs.head(MODEL), at=START)
        name = flipped.start_release(wish(5))
        order = ReleaseOrder.model_validate_json(flipped.engine.started[name or ""])
        assert (order.needs_approval, order.approval_within_s) == (True, 7200)
        with pytest.raises(ReleaseRefused, match="needs an approval"):
            flipped.deploy(plan(flipped, 5))


class TestConclude:
    def ended(self, *, status: str = "FAILED", error: str = "", cause: str = "") -> ExecutionEnded:
        return ExecutionEnded(
            execution_arn="arn", name=task().order.release_id, status=status, error=error, cause=cause
        )

    def test_a_request_that_expires_makes_a_candidate_and_says_how_to_ask_again(self, world: World) -> None:
        world.request_approval(task())
        world.engine.stage = "RequestApproval"
        world.conclude_release(self.ended(error="States.Timeout"))
        note = world.versions.load(MODEL, 4).note
        assert state(world) is CANDIDATE
        assert "ApprovalExpired: nobody answered by 2026-03-01 13:00 UTC" in note
        assert f"`tideline release {MODEL} 4`" in note
        assert world.publisher.of(RunFailed)[0].error == "ApprovalExpired"
        assert world.approvals.decisions[-1].kind is DecisionKind.STATE
        with pytest.raises(ApprovalRefused, match="is candidate"):
            world.decide_approval(answer())

    @pytest.mark.parametrize("status", ["ABORTED", "FAILED"])
    @pytest.mark.parametrize("approved", [True, False])
    def test_an_approval_ends_with_its_release(self, world: World, status: str, approved: bool) -> None:
        world.request_approval(task())
        if approved:
            world.decide_approval(answer())
        world.engine.stage = "Deploy"
        for _ in range(2):
            world.conclude_release(self.ended(status=status, error="ReleaseRefused", cause="no"))
        assert state(world) is CANDIDATE
        assert "failed in Deploy: ReleaseRefused: no" in world.versions.load(MODEL, 4).note
        assert len(world.publisher.of(RunFailed)) == 1
        with pytest.raises(ReleaseRefused):
            world.deploy(task().order)

    def test_a_rejection_is_not_told_again_as_a_failure(self, world: World) -> None:
        world.request_approval(task())
        world.decide_approval(answer("reject", comment="no"))
        world.conclude_release(self.ended(error="ApprovalRejected"))
        assert world.publisher.of(RunFailed) == []
        assert world.versions.load(MODEL, 4).note == f"rejected by {BOB}: no"

    def test_the_end_of_an_older_release_leaves_the_newer_one_waiting(self, world: World) -> None:
        world.request_approval(task())
        world.clock.wait(hours=2)
        world.start_release(wish(4, event="ffffffff-ffff"))
        newer: Approval = world.request_approval(task("new", event="ffffffff-ffff"))
        world.conclude_release(self.ended(error="States.Timeout"))
        assert (state(world), world.versions.load(MODEL, 4).note) == (AWAITING, "")
        assert world.approvals.load(MODEL, 4) == newer

    @pytest.mark.parametrize(("requested_by", "told"), [("", 0), (ALICE, 1)])
    def test_a_registration_told_twice_is_no_failure_while_one_release_waits(
        self, world: World, requested_by: str, told: int
    ) -> None:
        world.request_approval(task())
        twin = task(event="ffffffff-ffff").order.model_copy(update={"requested_by": requested_by})
        world.conclude_release(
            ExecutionEnded(
                execution_arn="arn", name=twin.release_id, status="FAILED", input=twin.model_dump_json()
            )
        )
        assert (state(world), world.versions.load(MODEL, 4).note) == (AWAITING, "")
        assert len(world.publisher.of(RunFailed)) == told

    def test_a_crash_anywhere_and_a_second_delivery_conclude_once(self) -> None:
        def scenario(crash: CrashPlan) -> None:
            world = filled(World())
            world.request_approval(task())
            world.plan = crash
            try:
                world.conclude_release(self.ended(error="States.Timeout"))
            except Crash:
                world.conclude_release(self.ended(error="States.Timeout"))
            assert state(world) is CANDIDATE
            assert world.publisher.of(RunFailed)
            kinds = [entry.kind for entry in world.approvals.decisions]
            assert kinds == [DecisionKind.APPROVAL_REQUEST, DecisionKind.STATE]

        assert sweep(scenario) >= 4
