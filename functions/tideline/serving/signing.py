"""Signature Version 4, as much of it as two reads need, with the standard library only.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache

import msgspec

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Credentials(msgspec.Struct, frozen=True):
    """Who signs; `token` comes with temporary credentials."""

    access_key: str
    secret_key: str
    token: str | None = None


class UnsignedRequest(msgspec.Struct, frozen=True):
    """A request without a query.

    Attributes:
        path: Already percent-encoded once, as it goes over the wire.
        headers: Names in small letters; `host` is one of them.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def sign(
    request: UnsignedRequest,
    credentials: Credentials,
    *,
    service: str,
    region: str,
    at: float,
) -> dict[str, str]:
    """Return the request's headers with the signature and what it needs.

    Args:
        request: What is to be sent.
        credentials: Who signs.
        service: `s3` or `dynamodb`.
        region: The endpoint's region.
        at: Seconds since the epoch; services refuse more than 15 minutes' difference.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    payload = hashlib.sha256(request.body).hexdigest()
    headers = dict(request.headers, **{"x-amz-date": stamp})
    if service == "s3":
        headers["x-amz-content-sha256"] = payload
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            request.method,
            # Every service but S3 signs a path that is encoded once more than it is sent.
            request.path if service == "s3" else quote(request.path),
            "",
            *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)),
            "",
            names,
            payload,
        )
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = _signing_key(credentials.secret_key, stamp[:8], region, service)
    signature = _hmac(key, f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashed}").hex()
    headers["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers


def quote(path: str) -> str:
    """Percent-encode a path, byte by byte, but for unreserved characters and slashes."""
    return "".join(
        chr(byte) if byte in _UNRESERVED or byte == ord("/") else f"%{byte:02X}" for byte in path.encode()
    )


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
