"""approve, reject and release: what is sent, who is told to be asking, and how refusals are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import Result

from cli import api as api_module
from cli.api import Answered, sentence
from cli.errors import UsageFault
from cli.identity import whoami
from tests.fakes.samples import (
    ALICE,
    BOB,
    MODEL,
    approval_request,
    batch,
    decision,
    dropped,
    receipt,
    version,
)
from tests.unit.cli.conftest import Cloud
from tideline.domain.release.approval import Approval
from tideline.domain.release.version import VersionState

Tideline = Callable[..., Result]


@pytest.fixture
def waiting(cloud: Cloud) -> Cloud:
    """Version 1 awaits approval; Alice asked."""
    cloud.apply(release={"approval": "required"})
    cloud.registry.versions.register(version())
    cloud.registry.approvals.request(approval_request(), state=VersionState.CANDIDATE, replaces=None)
    return cloud


class Endpoint:
    """Answers every call alike, and remembers them."""

    def __init__(self, status: int, document: object) -> None:
        self.calls: list[tuple[str, Any]] = []
        self._answer = Answered(status, json.dumps(document).encode())

    def __call__(self, path: str, body: bytes) -> Answered:
        self.calls.append((path, json.loads(body)))
        return self._answer


def endpoint(monkeypatch: pytest.MonkeyPatch, status: int, document: object) -> Endpoint:
    made = Endpoint(status, document)
    monkeypatch.setattr(api_module, "sender", lambda _target: made)
    return made


def answered(kind: str) -> dict[str, Any]:
    approval = Approval(request=approval_request(), decision=decision(kind, comment="why not"))
    return approval.public().model_dump(mode="json")


@pytest.mark.parametrize(("verb", "told"), [("approve", "Approved by"), ("reject", "Rejected by")])
def test_what_was_shown_is_what_is_answered(
    waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch, verb: str, told: str
) -> None:
    api = endpoint(monkeypatch, 200, answered(verb))

    result = tideline(verb, MODEL, 1, "--comment", "why not")

    assert result.exit_code == 0, result.output
    request = approval_request()
    assert api.calls == [
        (
            f"/models/{MODEL}/versions/1/approval",
            {
                "decision": verb,
                "comment": "why not",
                "artifact_sha256": request.artifact_sha256,
                "report_sha256": request.report_sha256,
            },
        )
    ]
    assert request.artifact_sha256 in result.stdout
    assert ALICE in result.stdout
    assert f"{told} {BOB}" in result.stdout
    assert request.task_token not in result.stdout.split()


def test_an_answer_as_json(waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint(monkeypatch, 200, answered("approve"))

    result = tideline("approve", MODEL, 1, "--json")

    assert json.loads(result.stdout)["decision"]["approver"] == BOB


def test_a_refusal_is_told_and_ends_with_one(
    waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(monkeypatch, 403, {"detail": f"{ALICE} asked for version 1: somebody else has to decide"})

    result = tideline("approve", MODEL, 1)

    assert result.exit_code == 1
    assert "answered 403" in result.stderr
    assert "somebody else has to decide" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nope", 1), "there is no model 'nope'"),
        ((MODEL, 2), "has no version 2"),
        ((MODEL, 1), "is candidate and awaits no approval"),
    ],
)
def test_what_awaits_nothing_is_not_asked_for(
    cloud: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch, arguments: Any, told: str
) -> None:
    cloud.apply()
    cloud.registry.versions.register(version())
    api = endpoint(monkeypatch, 200, {})

    result = tideline("approve", *arguments)

    assert result.exit_code == 1
    assert told in result.stderr
    assert api.calls == []


@pytest.mark.parametrize(
    ("status", "document", "told"),
    [
        (403, {"message": "Forbidden"}, "execute-api:Invoke"),
        (403, {"detail": "not you"}, "answered 403: not you"),
        (503, {"message": "Service Unavailable"}, "answered 503: Service Unavailable"),
        (500, "no object", "answered 500"),
    ],
)
def test_the_gateways_refusals_differ_from_ours(status: int, document: object, told: str) -> None:
    assert told in sentence(Answered(status, json.dumps(document).encode()))


@pytest.mark.parametrize("verb", ["approve", "reject", "release", "retrain"])
def test_acting_as_somebody_is_for_the_local_cloud(waiting: Cloud, tideline: Tideline, verb: str) -> None:
    arguments = (MODEL,) if verb == "retrain" else (MODEL, 1)

    result = tideline(verb, *arguments, "--as", "bob")

    assert result.exit_code == UsageFault("").exit_code
    assert "AWS_PROFILE" in result.stderr


ASKED = {
    "model": MODEL,
    "version": 1,
    "reason": "again",
    "requested_by": ALICE,
    "event_id": "0a1b2c3d-0000-4000-8000-000000000000",
    "release_id": f"{MODEL}-v1-0a1b2c3d0000",
}


def test_a_release_is_asked_for_through_the_api_which_proves_who_asks(
    waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = endpoint(monkeypatch, 200, ASKED)

    result = tideline("release", MODEL, 1, "--reason", "again")

    assert result.exit_code == 0, result.output
    assert api.calls == [(f"/models/{MODEL}/release", {"version": 1, "reason": "again"})]
    assert f"Asked for: release {ASKED['release_id']}" in result.stdout
    assert "Somebody else has to approve it: tideline approve churn 1" in result.stdout


def test_a_release_as_json(waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint(monkeypatch, 200, ASKED)

    assert json.loads(tideline("release", MODEL, 1, "--json").stdout) == {
        "model": MODEL,
        "event_id": ASKED["event_id"],
        "release_id": ASKED["release_id"],
        "strategy": None,
        "approval": True,
        "under_way": None,
    }


def test_a_release_that_is_refused_is_told_and_ends_with_one(
    waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(monkeypatch, 403, {"message": "Forbidden"})

    result = tideline("release", MODEL, 1)

    assert result.exit_code == 1
    assert "execute-api:Invoke" in result.stderr


def test_a_release_of_nothing_sends_nothing(
    waiting: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = endpoint(monkeypatch, 200, ASKED)

    result = tideline("release", MODEL, 7)

    assert result.exit_code == 1
    assert "has no version 7" in result.stderr
    assert api.calls == []


def test_where_sts_is_denied_the_person_at_the_machine_is_named(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied() -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetCallerIdentity")

    monkeypatch.setattr(cloud.target.sts, "get_caller_identity", denied)
    monkeypatch.setattr("getpass.getuser", lambda: "ann")

    assert whoami(cloud.target) == "ann"


@pytest.mark.parametrize(("left", "command"), [(timedelta(hours=1), "approve"), (timedelta(0), "release")])
def test_status_names_the_command_that_a_waiting_version_needs(
    cloud: Cloud, tideline: Tideline, left: timedelta, command: str
) -> None:
    cloud.apply(release={"approval": "required"})
    cloud.registry.versions.register(version())
    request = approval_request(expires_at=datetime.now(UTC) + left)
    cloud.registry.approvals.request(request, state=VersionState.CANDIDATE, replaces=None)
    item = dropped()
    cloud.registry.receipts.claim(MODEL, item)
    cloud.registry.datasets.accept(batch(1), item, receipt(item, batch=1))

    shown = tideline("status", MODEL).stdout

    assert "version 1, awaiting approval" in shown
    assert f"tideline {command} churn 1" in shown
