"""Two people: who asks for a version cannot approve it, on the local cloud with IAM enforced."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from typer.testing import CliRunner, Result

from cli.local.places import Places
from cli.main import app
from cli.target import target_of
from tests.integration.cloud import Cloud, wait
from tests.integration.conftest import HOME, Heard
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.domain.ledger.entry import DecisionKind
from tideline.domain.release.approval import Approval
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import RunStatus

pytestmark = pytest.mark.integration

MODEL = "guarded"
SPEC = b"""
model: guarded
task: regression
target: y
features:
  a: {type: number}
training: {trials: 2, trainer: linear}
evaluation: {margin: 1000}
release: {approval: required, approval_within: 2h}
retraining: {on: [schedule], schedule: rate(30 days)}
"""
ROWS = "a,y\n" + "".join(f"{i % 97},{2 * (i % 97) + i % 5}\n" for i in range(800))
Tideline = Callable[..., Result]


@pytest.fixture
def tideline(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Tideline:
    """The command line, on the local cloud of these tests."""
    monkeypatch.setattr("cli.session.connect", lambda _environment: target_of(cloud.record))
    monkeypatch.setattr("cli.acting.Places", lambda: Places(folder=HOME))
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def in_state(cloud: Cloud, number: int, state: VersionState) -> ModelVersion:
    def there() -> ModelVersion | None:
        if cloud.versions.latest_number(MODEL) < number:
            return None
        found = cloud.versions.load(MODEL, number)
        return found if found.state is state else None

    return wait(there, f"version {number} to be {state}")


def approval(cloud: Cloud, number: int) -> Approval:
    found = DynamoDbApprovalRegistry(cloud.table).load(MODEL, number)
    assert found is not None
    return found


def keys_of(cloud: Cloud, name: str) -> Credentials:
    file = Places(folder=HOME).people / f"{name}.json"
    assert file.stat().st_mode & 0o077 == 0
    kept = json.loads(file.read_text())
    return Credentials(kept["access_key_id"], kept["secret_access_key"])


def call(cloud: Cloud, method: str, path: str, body: object = None, *, by: str = "") -> tuple[int, Any]:
    """Return status and document of a call, signed by a user or by nobody."""
    url = f"{cloud.record.endpoint}/_aws/execute-api/{cloud.output('ApiId')}/$default{path}"
    data = None if body is None else json.dumps(body).encode()
    request = AWSRequest(method, url, data=data, headers={"content-type": "application/json"})
    if by:
        SigV4Auth(keys_of(cloud, by), "execute-api", cloud.record.region).add_auth(request)
    answer = URLLib3Session(timeout=60).send(request.prepare())
    return answer.status_code, json.loads(answer.content or b"{}")


def path(number: int) -> str:
    return f"/models/{MODEL}/versions/{number}"


@pytest.fixture(scope="module")
def first(cloud: Cloud) -> Cloud:
    """A model whose first version awaits approval; data started its run, so nobody in particular asked."""
    cloud.drop(f"{MODEL}/model.yaml", SPEC)
    dropped = cloud.drop(f"{MODEL}/data/rows.csv", ROWS.encode())
    cloud.answer(MODEL, dropped)
    run = cloud.finished(MODEL, f"{MODEL}-d1-s1")
    assert run.status is RunStatus.REGISTERED, run.failure
    in_state(cloud, 1, VersionState.AWAITING_APPROVAL)
    return cloud


def test_nothing_but_a_signed_answer_approves(first: Cloud, tideline: Tideline) -> None:
    assert first.deployment(MODEL) is None
    watched = tideline("watch", MODEL)
    assert watched.exit_code == 4, watched.output
    assert "tideline approve guarded 1" in watched.output

    # Makes the user, who has no such model to reject.
    assert tideline("reject", "nobody", 1, "--as", "bob").exit_code == 1
    answer = {"decision": "approve", "artifact_sha256": "f" * 64}
    assert call(first, "POST", f"{path(1)}/approval", answer)[0] == 403
    assert call(first, "GET", f"{path(1)}/approval", by="bob")[0] in (403, 404, 405)
    status, problem = call(first, "POST", f"{path(1)}/approval", answer, by="bob")
    assert (status, problem["title"]) == (409, "The request conflicts with the state")
    status, shown = call(first, "GET", path(1), by="bob")
    assert status == 200, shown
    assert shown["version"]["state"] == "awaiting_approval"
    assert shown["manifest"]["artifact_sha256"] == shown["approval"]["artifact_sha256"]
    assert "token" not in json.dumps(shown)
    assert first.versions.load(MODEL, 1).state is VersionState.AWAITING_APPROVAL
    assert approval(first, 1).decision is None

    approved = tideline("approve", MODEL, 1, "--as", "bob", "--comment", "the first")
    assert approved.exit_code == 0, approved.output
    first.deployed(MODEL, 1)
    assert tideline("watch", MODEL).exit_code == 0


def test_a_version_goes_live_when_a_second_person_approves(
    first: Cloud, tideline: Tideline, heard: Heard
) -> None:
    """Depends on the live version of the test before."""
    first.deployed(MODEL, 1)
    first.lock_is_free(MODEL)
    more = first.drop(
        f"{MODEL}/data/more.csv", ("a,y\n" + "".join(f"{i},{2 * i}\n" for i in range(200))).encode()
    )
    first.answer(MODEL, more)
    asked = tideline("retrain", MODEL, "--as", "alice", "--no-wait")
    assert asked.exit_code == 0, asked.output
    run = first.finished(MODEL, f"{MODEL}-d2-s1")
    alice, bob = (f"arn:aws:iam::{first.record.account}:user/{name}" for name in ("alice", "bob"))
    assert (run.status, run.requested_by) == (RunStatus.REGISTERED, alice)
    in_state(first, 2, VersionState.AWAITING_APPROVAL)
    told = wait(lambda: heard.of("ApprovalRequested") or None, "ApprovalRequested")
    assert told[0]["requested_by"] == [alice]
    watched = tideline("watch", MODEL)
    assert watched.exit_code == 4, watched.output
    assert alice in watched.output

    refused = tideline("approve", MODEL, 2, "--as", "alice")
    assert refused.exit_code == 1
    assert "answered 403" in refused.output
    assert "somebody else" in refused.output
    deployment = first.deployment(MODEL)
    assert deployment is not None
    assert deployment.champion.version == 1

    approved = tideline("approve", MODEL, 2, "--as", "bob", "--comment", "looks right")
    assert approved.exit_code == 0, approved.output
    assert first.deployed(MODEL, 2).champion.sha256 == approval(first, 2).request.artifact_sha256
    kept = approval(first, 2).decision
    assert kept is not None
    assert (kept.approver, kept.comment) == (bob, "looks right")
    again = tideline("approve", MODEL, 2, "--as", "bob", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["decision"]["at"] == kept.model_dump(mode="json")["at"]
    assert "answered 409" in tideline("reject", MODEL, 2, "--as", "carol").output
    entries = [entry.decision for entry in DynamoDbLedger(first.table).entries(MODEL)]
    assert [(d.subject, d.by) for d in entries if d.kind is DecisionKind.APPROVAL] == [
        ("version 1", bob),
        ("version 2", bob),
    ]

    status, described = call(first, "GET", f"/models/{MODEL}", by="bob")
    assert (status, described["live"]["version"]) == (200, 2)
    status, listed = call(first, "GET", "/models", by="bob")
    assert MODEL in [model["model"] for model in listed["models"]]
    assert call(first, "GET", "/models")[0] == 403


def test_what_a_second_person_rejects_stays_out(first: Cloud, tideline: Tideline, heard: Heard) -> None:
    """Depends on the test before: the version that was replaced there is asked for again."""
    first.deployed(MODEL, 2)
    status, command = call(first, "POST", f"/models/{MODEL}/release", {"version": 1}, by="alice")
    assert status == 200, command
    assert command["requested_by"].endswith(":user/alice")
    in_state(first, 1, VersionState.AWAITING_APPROVAL)
    assert "answered 403" in tideline("reject", MODEL, 1, "--as", "alice").output

    rejected = tideline("reject", MODEL, 1, "--as", "bob", "--comment", "not back to that")
    assert rejected.exit_code == 0, rejected.output
    told = wait(lambda: heard.of("ModelRejected") or None, "ModelRejected")
    assert told[0]["reasons"] == [
        f"rejected by arn:aws:iam::{first.record.account}:user/bob: not back to that"
    ]
    in_state(first, 1, VersionState.REJECTED)
    deployment = first.deployment(MODEL)
    assert deployment is not None
    assert deployment.champion.version == 2
    # A person's answer is no failure of the workflow.
    assert heard.of("RunFailed") == []
