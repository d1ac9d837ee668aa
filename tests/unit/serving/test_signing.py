from __future__ import annotations

import datetime as dt
from unittest import mock

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from tideline.serving.signing import Credentials, UnsignedRequest, quote, sign

_MOMENT = dt.datetime(2026, 3, 9, 5, 6, 7, tzinfo=dt.UTC)
_SIGNERS = {"s3": S3SigV4Auth, "dynamodb": SigV4Auth}
_VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
_KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=60)
_CREDENTIALS = st.builds(
    Credentials,
    access_key=st.from_regex("[A-Z0-9]{16,20}", fullmatch=True),
    secret_key=_VISIBLE,
    token=st.none() | _VISIBLE,
)


def _botocore(service: str, request: UnsignedRequest, credentials: Credentials) -> str:
    boto = BotoCredentials(credentials.access_key, credentials.secret_key, credentials.token)
    made = AWSRequest(
        method=request.method,
        url=f"https://{request.headers['host']}{request.path}",
        headers=dict(request.headers),
        data=request.body,
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=_MOMENT):
        _SIGNERS[service](boto, service, "eu-central-1").add_auth(made)
    return str(made.headers["Authorization"])


def _ours(service: str, request: UnsignedRequest, credentials: Credentials) -> dict[str, str]:
    return sign(request, credentials, service=service, region="eu-central-1", at=_MOMENT.timestamp())


@given(credentials=_CREDENTIALS, key=_KEYS)
def test_object_reads_are_signed_as_botocore_signs_them(credentials: Credentials, key: str) -> None:
    request = UnsignedRequest("GET", f"/{quote(key)}", {"host": "lake.s3.amazonaws.com"}, b"")
    headers = _ours("s3", request, credentials)
    assert headers["authorization"] == _botocore("s3", request, credentials)
    assert headers.get("x-amz-security-token") == credentials.token


@given(credentials=_CREDENTIALS, body=st.binary(max_size=200), spaces=st.integers(1, 4))
def test_table_reads_are_signed_as_botocore_signs_them(
    credentials: Credentials, body: bytes, spaces: int
) -> None:
    headers = {
        "host": "dynamodb.eu-central-1.amazonaws.com",
        "content-type": f"application/x-amz-json-1.0;{' ' * spaces}charset=utf-8",
        "x-amz-target": "DynamoDB_20120810.GetItem",
    }
    request = UnsignedRequest("POST", "/", headers, body)
    assert _ours("dynamodb", request, credentials)["authorization"] == _botocore(
        "dynamodb", request, credentials
    )


def test_keys_are_encoded_byte_by_byte() -> None:
    assert quote("a b/c+d%2F~é") == "a%20b/c%2Bd%252F~%C3%A9"
