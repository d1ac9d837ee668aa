"""The functions around approvals, each with its own wiring: from the call to what the registry holds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.fakes.aws import REGION
from tests.fakes.clock import START
from tests.fakes.evidence import make_manifest
from tests.fakes.messages import Context
from tests.fakes.samples import ALICE, BOB, MODEL, deployment, evaluated, order, run, spec, version
from tests.unit.functions.conftest import Cloud
from tideline.adapters import aws as clients
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.api import answering
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.domain.release.release_order import ReleaseOrder, release_id
from tideline.domain.release.version import VersionState
from tideline.errors import EventRefused, RegistryConflict, ThrottledByService

Call = Callable[[str, dict[str, Any]], Any]
REPORT = b"{}"
ORDER = ReleaseOrder(
    model=MODEL,
    version=1,
    release_id=f"{MODEL}-v1-0a1b2c3d0000",
    generation=0,
    needs_approval=True,
    approval_within_s=3600,
)
TOKEN = "the-secret-token"


def http(method: str, *, arn: str | None = BOB, body: object = None, **path: str) -> dict[str, Any]:
    """Return a call as API Gateway hands it over."""
    event: dict[str, Any] = {
        "version": "2.0",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": method}},
        "isBase64Encoded": False,
    }
    if path:
        event["pathParameters"] = path
    if arn is not None:
        event["requestContext"]["authorizer"] = {"iam": {"userArn": arn, "accountId": "123456789012"}}
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def post(body: object, *, arn: str | None = BOB, number: str = "1", model: str = MODEL) -> dict[str, Any]:
    return http("POST", arn=arn, body=body, model=model, version=number)


def said(answer: dict[str, Any]) -> Any:
    kind = "application/json" if answer["statusCode"] == 200 else "application/problem+json"
    assert answer["headers"]["content-type"] == kind
    return json.loads(answer["body"])


def under_way(stub: Stubber, status: str = "RUNNING") -> None:
    """Expect the question how the release's execution stands."""
    arn = f"arn:aws:states:{REGION}:123456789012:execution:release:{ORDER.release_id}"
    machine = arn.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    answer = {"executionArn": arn, "stateMachineArn": machine, "status": status, "startDate": START}
    stub.add_response("describe_execution", answer, {"executionArn": arn})


@pytest.fixture
def waiting(cloud: Cloud, call: Call) -> Cloud:
    """Version 1, which Alice's run made, awaits approval."""
    DynamoDbSpecRegistry(cloud.table).append(
        spec(release={"approval": "required"}), head=SpecHead(), at=START
    )
    evaluation = evaluated().model_copy(update={"report_sha256": hashlib.sha256(REPORT).hexdigest()})
    DynamoDbVersionRegistry(cloud.table).register(version(1, evaluation=evaluation))
    cloud.lake.write(keys.version_key(MODEL, 1, "report.json"), REPORT)
    DynamoDbRunRegistry(cloud.table).begin(run(order(1), requested_by=ALICE), event_id="e")
    call("request_approval", {"order": ORDER.model_dump(mode="json"), "task_token": TOKEN})
    return cloud


def state(cloud: Cloud) -> VersionState:
    return DynamoDbVersionRegistry(cloud.table).load(MODEL, 1).state


def test_a_release_asks_and_tells_without_its_token(waiting: Cloud) -> None:
    assert state(waiting) is VersionState.AWAITING_APPROVAL
    assert waiting.types() == ["ApprovalRequested"]
    assert TOKEN not in waiting.told[0]["Detail"]
    assert json.loads(waiting.told[0]["Detail"])["requested_by"] == [ALICE]


def test_a_payload_that_is_not_understood_is_raised(cloud: Cloud, call: Call) -> None:
    with pytest.raises(ValueError, match="task_token"):
        call("request_approval", {"order": ORDER.model_dump(mode="json")})


def test_an_approval_is_kept_and_wakes_the_workflow(waiting: Cloud, call: Call) -> None:
    with Stubber(clients.stepfunctions()) as stub:
        under_way(stub)
        stub.add_response("send_task_success", {}, {"taskToken": TOKEN, "output": "{}"})
        answer = said(call("decide_approval", post({"decision": "approve", "comment": "fine"})))
        stub.assert_no_pending_responses()
    assert answer["decision"]["approver"] == BOB
    assert answer["decision"]["comment"] == "fine"
    assert "task_token" not in answer
    assert state(waiting) is VersionState.APPROVED
    kept = DynamoDbApprovalRegistry(waiting.table).load(MODEL, 1)
    assert kept is not None
    assert kept.decision is not None
    assert kept.decision.at.tzinfo is not None


def test_an_answer_to_a_release_that_has_ended_is_refused_and_says_how_to_ask_again(
    waiting: Cloud, call: Call
) -> None:
    with Stubber(clients.stepfunctions()) as stub:
        under_way(stub, "ABORTED")
        answer = call("decide_approval", post({"decision": "approve"}))
    assert answer["statusCode"] == 409
    assert f"has ended; ask again with `tideline release {MODEL} 1`" in said(answer)["detail"]
    assert state(waiting) is VersionState.CANDIDATE


def test_a_workflow_that_is_gone_is_no_error_and_the_same_answer_again_is_the_same(
    waiting: Cloud, call: Call
) -> None:
    answers = []
    for first in (True, False):
        with Stubber(clients.stepfunctions()) as stub:
            if first:
                under_way(stub)
            stub.add_client_error("send_task_failure", service_error_code="TaskTimedOut")
            answers.append(said(call("decide_approval", post({"decision": "reject"}))))
    assert answers[0] == answers[1]
    assert state(waiting) is VersionState.REJECTED
    assert waiting.types() == ["ApprovalRequested", "ModelRejected", "ModelRejected"]


def test_where_the_workflow_cannot_be_woken_the_decision_holds_and_may_be_sent_again(
    waiting: Cloud, call: Call
) -> None:
    with Stubber(clients.stepfunctions()) as stub:
        under_way(stub)
        stub.add_client_error("send_task_success", service_error_code="ThrottlingException")
        answer = call("decide_approval", post({"decision": "approve"}))
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "5")
    assert state(waiting) is VersionState.APPROVED
    with Stubber(clients.stepfunctions()) as stub:
        stub.add_response("send_task_success", {})
        assert call("decide_approval", post({"decision": "approve"}))["statusCode"] == 200


@pytest.mark.parametrize(
    ("event", "status", "told"),
    [
        (post({"decision": "approve"}, arn=ALICE), 403, "somebody else has to decide"),
        (post({"decision": "approve"}, arn=None), 403, "no IAM identity"),
        (post({"decision": "approve"}, arn="bob"), 403, "no IAM identity"),
        (http("GET", model=MODEL, version="1"), 405, "POST"),
        (http("GET", model=MODEL, version="1", body={"decision": "approve"}), 405, "POST"),
        (post({"decision": "approve"}, number="2"), 404, "has no version 2"),
        (post({"decision": "approve"}, number="0"), 404, "not the number"),
        (post({"decision": "approve"}, number="9" * 40), 404, "not the number"),
        (post({"decision": "approve"}, model="../x"), 404, "not the name of a model"),
        (post({"decision": "approve", "artifact_sha256": "f" * 64}), 409, "not that one"),
        (post({"decision": "approve", "report_sha256": "f" * 64}), 409, "not that one"),
        (post({}), 422, "decision"),
        (post({"decision": "maybe"}), 422, "decision"),
        (post({"decision": "approve", "approver": BOB}), 422, "approver"),
        (post({"decision": "approve", "comment": "x" * 1001}), 422, "comment"),
        (post({"decision": "approve", "comment": 7}), 422, "comment"),
        (post({"decision": "approve", "artifact_sha256": "F" * 64}), 422, "artifact_sha256"),
        (post('{"decision": "reject", "decision": "approve"}'), 422, "twice"),
        (post("[]"), 422, "the body"),
        (post("{"), 400, "not JSON"),
        (post(""), 400, "not JSON"),
        (post("[" * 100_000), 413, "bytes"),
        (post(json.dumps({"decision": "approve", "comment": "x" * 20_000})), 413, "bytes"),
    ],
)
def test_what_is_refused_is_told_and_changes_nothing(
    waiting: Cloud, call: Call, event: dict[str, Any], status: int, told: str
) -> None:
    before = list(waiting.table.query(f"MODEL#{MODEL}", ""))
    answer = call("decide_approval", event)
    problem = said(answer)
    assert (answer["statusCode"], problem["status"]) == (status, status)
    assert told in problem["detail"]
    assert list(waiting.table.query(f"MODEL#{MODEL}", "")) == before
    assert waiting.types() == ["ApprovalRequested"]


def test_who_approves_is_not_for_the_caller_to_say(waiting: Cloud, call: Call) -> None:
    event = post({"decision": "approve"}, arn=ALICE)
    event["headers"] |= {"x-amzn-iam-user-arn": BOB, "x-approver": BOB}
    event["queryStringParameters"] = {"approver": BOB}
    event["requestContext"]["authorizer"]["lambda"] = {"userArn": BOB}
    assert call("decide_approval", event)["statusCode"] == 403


def test_a_body_in_base64_is_read(waiting: Cloud, call: Call) -> None:
    event = post({"decision": "reject"}) | {"isBase64Encoded": True}
    event["body"] = base64.b64encode(event["body"].encode()).decode()
    with Stubber(clients.stepfunctions()) as stub:
        under_way(stub)
        stub.add_response("send_task_failure", {})
        assert call("decide_approval", event)["statusCode"] == 200


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (RegistryConflict("changed"), 409),
        (ThrottledByService("slow"), 503),
        (EventRefused("secret detail"), 500),
        (KeyError("secret detail"), 500),
    ],
)
def test_no_fault_of_ours_shows_its_inside(raised: Exception, status: int) -> None:
    def fail() -> Any:
        raise raised

    answer = answering.answer(Context(), fail)
    assert answer["statusCode"] == status
    assert "secret" not in answer["body"]
    assert "Traceback" not in answer["body"]


def test_the_registry_is_described(waiting: Cloud, call: Call) -> None:
    versions, deployments = (
        DynamoDbVersionRegistry(waiting.table),
        DynamoDbDeploymentRegistry(waiting.table),
    )
    versions.register(version(2))
    deployments.replace(deployment(2), states={2: (VersionState.CANDIDATE, VersionState.LIVE)})

    (listed,) = said(call("describe_models", http("GET")))["models"]
    assert (listed["model"], listed["newest_version"], listed["live_version"]) == (MODEL, 2, 2)
    one = said(call("describe_models", http("GET", model=MODEL)))
    assert one["spec"]["release"]["approval"] == "required"
    assert one["live"]["version"] == 2
    assert [(v["version"], v["state"]) for v in one["versions"]] == [(1, "awaiting_approval"), (2, "live")]


def test_a_version_is_described_with_its_approval_and_without_its_token(waiting: Cloud, call: Call) -> None:
    answer = call("describe_models", http("GET", model=MODEL, version="1"))
    shown = said(answer)
    assert shown["version"]["state"] == "awaiting_approval"
    assert shown["approval"]["requesters"] == [ALICE]
    assert shown["approval"]["decision"] is None
    assert shown["manifest"] is None
    assert TOKEN not in answer["body"]


def test_a_manifest_is_described_only_while_it_is_the_registered_one(waiting: Cloud, call: Call) -> None:
    key = keys.version_key(MODEL, 2, "manifest.json")
    content = make_manifest(spec(), version(2)).model_dump_json().encode()
    registered = version(2).model_copy(update={"manifest_sha256": hashlib.sha256(content).hexdigest()})
    DynamoDbVersionRegistry(waiting.table).register(registered)

    waiting.lake.write(key, content)
    assert said(call("describe_models", http("GET", model=MODEL, version="2")))["manifest"]["version"] == 2
    waiting.lake.write(key, content.replace(b'"seed":', b'"seed": '))
    assert said(call("describe_models", http("GET", model=MODEL, version="2")))["manifest"] is None


def test_a_get_decides_nothing(waiting: Cloud, call: Call) -> None:
    event = http("GET", model=MODEL, version="1", body={"decision": "approve"})
    assert call("describe_models", event)["statusCode"] == 200
    assert state(waiting) is VersionState.AWAITING_APPROVAL
    assert call("describe_models", event | post({"decision": "approve"}))["statusCode"] == 405


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ({"model": "nobody"}, "no model"),
        ({"model": "UPPER"}, "not the name"),
        ({"model": "nobody", "version": "1"}, "no model"),
        ({"model": MODEL, "version": "7"}, "no version 7"),
        ({"model": MODEL, "version": "one"}, "not the number"),
    ],
)
def test_what_is_not_there_is_404(waiting: Cloud, call: Call, path: dict[str, str], told: str) -> None:
    answer = call("describe_models", http("GET", **path))
    assert answer["statusCode"] == 404
    assert told in said(answer)["detail"]


def test_without_models_the_list_is_empty(cloud: Cloud, call: Call) -> None:
    assert said(call("describe_models", http("GET"))) == {"models": []}


def test_a_release_is_asked_for_by_whom_iam_proved(waiting: Cloud, call: Call) -> None:
    event = http("POST", arn=BOB, body={"version": 1, "reason": "again"}, model=MODEL)
    event["headers"]["x-requested-by"] = ALICE
    asked = said(call("request_release", event))
    assert asked["requested_by"] == BOB
    assert asked["release_id"] == release_id(MODEL, version=1, event_id=asked["event_id"])
    told = json.loads(waiting.told[-1]["Detail"])
    assert waiting.types()[-1] == "ReleaseRequested"
    assert (told["model"], told["version"], told["requested_by"]) == (MODEL, 1, BOB)


@pytest.mark.parametrize("strategy", ["all-at-once", {"canary": [5, 50], "every": "1m"}, {"shadow": "2h"}])
def test_a_release_may_be_asked_for_by_another_strategy(
    waiting: Cloud, call: Call, strategy: str | dict[str, Any]
) -> None:
    said(call("request_release", http("POST", body={"version": 1, "strategy": strategy}, model=MODEL)))
    assert json.loads(waiting.told[-1]["Detail"])["strategy"] == strategy


def test_going_back_is_asked_for_by_whom_iam_proved(waiting: Cloud, call: Call) -> None:
    asked = said(call("request_rollback", http("POST", arn=BOB, body={"reason": "nonsense"}, model=MODEL)))
    assert (asked["requested_by"], asked["version"]) == (BOB, None)
    told = json.loads(waiting.told[-1]["Detail"])
    assert waiting.types()[-1] == "RollbackRequested"
    assert (told["model"], told["version"], told["requested_by"]) == (MODEL, None, BOB)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (http("POST", arn=None, body={}, model=MODEL), 403),
        (http("GET", body={}, model=MODEL), 405),
        (http("POST", body={}, model="nobody"), 404),
        (http("POST", body={"version": 0}, model=MODEL), 422),
        (http("POST", body={"requested_by": ALICE}, model=MODEL), 422),
        (http("POST", body="{", model=MODEL), 400),
    ],
)
def test_a_wish_to_go_back_that_is_refused_puts_nothing_on_the_bus(
    waiting: Cloud, call: Call, event: dict[str, Any], status: int
) -> None:
    assert call("request_rollback", event)["statusCode"] == status
    assert waiting.types() == ["ApprovalRequested"]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (http("POST", body={"version": 1, "strategy": {"canary": [50, 5]}}, model=MODEL), 422),
        (http("POST", body={"version": 1, "strategy": "slowly"}, model=MODEL), 422),
        (http("POST", arn=None, body={"version": 1}, model=MODEL), 403),
        (http("GET", body={"version": 1}, model=MODEL), 405),
        (http("POST", body={"version": 7}, model=MODEL), 404),
        (http("POST", body={"version": 1}, model="nobody"), 404),
        (http("POST", body={"version": 0}, model=MODEL), 422),
        (http("POST", body={"version": "1"}, model=MODEL), 422),
        (http("POST", body={"version": True}, model=MODEL), 422),
        (http("POST", body={"version": 1, "requested_by": ALICE}, model=MODEL), 422),
        (http("POST", body="{", model=MODEL), 400),
    ],
)
def test_a_wish_that_is_refused_puts_nothing_on_the_bus(
    waiting: Cloud, call: Call, event: dict[str, Any], status: int
) -> None:
    assert call("request_release", event)["statusCode"] == status
    assert waiting.types() == ["ApprovalRequested"]
