from __future__ import annotations

import json

import pytest

from tests.unit.serving.http_stub import plain, serving
from tideline.errors import ArtifactInvalid, StorageUnavailable, ThrottledByService
from tideline.serving import aws_http
from tideline.serving.aws_http import AwsRequestRefused
from tideline.serving.aws_reads import deployment_table, lake_objects

pytestmark = pytest.mark.usefixtures("socket_enabled")

_THROTTLED = plain(
    json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}).encode(),
    "400 Bad Request",
)
_FAILED = plain(b"<html>", "503 Service Unavailable")
_NO_KEY = plain(b"<Error><Code>NoSuchKey</Code></Error>", "404 Not Found")
_DENIED = plain(b"<Error><Code>AccessDenied</Code></Error>", "403 Forbidden")
_ITEM = plain(json.dumps({"Item": {"document": {"S": '{"model":"churn"}'}}}).encode())


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    longest = aws_http._pause(100)
    assert 0 <= longest <= 1

    def pause(attempt: int) -> float:
        found.append(attempt)
        return 0.0

    monkeypatch.setattr(aws_http, "_pause", pause)
    return found


def _use(monkeypatch: pytest.MonkeyPatch, port: int, service: str = "") -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL{service}", f"http://127.0.0.1:{port}")


def test_the_record_is_read_consistently_and_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([_ITEM]) as stub:
        _use(monkeypatch, stub.port)
        assert deployment_table("registry").read("churn", attempts=1) == b'{"model":"churn"}'
    head, _, body = stub.requests[0].partition(b"\r\n\r\n")
    assert b"authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" in head
    assert b"x-amz-security-token: token" in head
    asked = json.loads(body)
    assert asked["Key"] == {"pk": {"S": "MODEL#churn"}, "sk": {"S": "DEPLOYMENT"}}
    assert asked["ConsistentRead"] is True


def test_a_model_without_a_record_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([plain(b"{}")]) as stub:
        _use(monkeypatch, stub.port, "_DYNAMODB")
        assert deployment_table("registry").read("churn", attempts=1) is None


def test_an_object_is_read_by_path_from_a_set_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([plain(b"bytes")]) as stub:
        _use(monkeypatch, stub.port, "_S3")
        assert lake_objects("lake").read("churn/versions/3/a b+c.onnx", attempts=1) == b"bytes"
    assert stub.requests[0].startswith(b"GET /lake/churn/versions/3/a%20b%2Bc.onnx HTTP/1.1\r\n")


def test_without_a_set_endpoint_the_regional_ones_are_used() -> None:
    table, lake = deployment_table("registry"), lake_objects("lake")
    assert table.client._kept.http._endpoint.authority == "dynamodb.eu-central-1.amazonaws.com"
    assert lake.client._kept.http._endpoint.authority == "lake.s3.eu-central-1.amazonaws.com"
    assert lake.client._kept.http._endpoint.secure
    assert lake.prefix == ""


def test_credentials_are_read_anew_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([_ITEM, _ITEM]) as stub:
        _use(monkeypatch, stub.port)
        table = deployment_table("registry")
        table.read("churn", attempts=1)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDROTATED")
        table.read("churn", attempts=1)
    assert b"Credential=AKIDROTATED/" in stub.requests[1]


def test_throttling_and_failures_are_tried_again(monkeypatch: pytest.MonkeyPatch, pauses: list[int]) -> None:
    with serving([_THROTTLED, _FAILED, _ITEM]) as stub:
        _use(monkeypatch, stub.port)
        assert deployment_table("registry").read("churn", attempts=3)
    assert pauses == [1, 2]


@pytest.mark.parametrize(
    ("answer", "error"), [(_THROTTLED, ThrottledByService), (_FAILED, StorageUnavailable)]
)
def test_the_last_attempt_says_what_was_wrong(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, error: type[Exception]
) -> None:
    with serving([answer, answer]) as stub:
        _use(monkeypatch, stub.port)
        with pytest.raises(error):
            deployment_table("registry").read("churn", attempts=2)
    assert len(stub.requests) == 2


def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, pauses: list[int]) -> None:
    with serving([_DENIED]) as stub:
        _use(monkeypatch, stub.port)
        with pytest.raises(AwsRequestRefused) as caught:
            lake_objects("lake").read("key", attempts=4)
    assert (caught.value.status, caught.value.code, pauses) == (403, "AccessDenied", [])


def test_a_missing_object_is_an_invalid_artifact(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([_NO_KEY]) as stub:
        _use(monkeypatch, stub.port)
        with pytest.raises(ArtifactInvalid, match="no object churn/x"):
            lake_objects("lake").read("churn/x", attempts=4)


def test_a_kept_connection_that_was_closed_costs_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([_ITEM], [_ITEM]) as stub:
        _use(monkeypatch, stub.port)
        table = deployment_table("registry")
        assert table.read("churn", attempts=1)
        assert table.read("churn", attempts=1)
    assert stub.accepted == 2


def test_nobody_listening_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as stub:
        _use(monkeypatch, stub.port)
    with pytest.raises(StorageUnavailable, match="ConnectionRefusedError"):
        deployment_table("registry").read("churn", attempts=2)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(AwsRequestRefused, match=name):
        lake_objects("lake").read("key", attempts=1)


def test_a_missing_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(AwsRequestRefused, match="AWS_REGION"):
        lake_objects("lake")
