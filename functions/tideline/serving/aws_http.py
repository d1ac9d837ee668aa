"""A small signed client for AWS: one kept connection a service, retries with jitter, typed errors."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping

import msgspec

from tideline.errors import PermanentError, StorageUnavailable, ThrottledByService
from tideline.serving.http_connection import Endpoint, HttpConnection, Response, parse_endpoint
from tideline.serving.signing import Credentials, UnsignedRequest, sign

_CONNECT_TIMEOUT_S = 1.0
_READ_TIMEOUT_S = 5.0
# Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_MAX_ANSWER_BYTES = 80 * 1024 * 1024
_REDIRECTION = 300
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
    }
)


class AwsRequestRefused(PermanentError):
    """AWS refused a request for a reason that does not go away by itself; carries status and code."""

    def __init__(self, what: str, *, status: int, code: str) -> None:
        super().__init__(f"{what}: {status} {code}".rstrip())
        self.status = status
        self.code = code


class AwsRequest(msgspec.Struct, frozen=True):
    """One call.

    Attributes:
        what: How errors name it, such as `dynamodb GetItem`.
        path: Encoded.
        headers: Without host and signature.
    """

    what: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class _Connection(threading.local):
    """A thread's own: models are loaded in the background too, and must not read each other's answers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.http = HttpConnection(endpoint, connect_timeout_s=_CONNECT_TIMEOUT_S)


class AwsClient:
    """Calls one service in one region; credentials are read anew for each call.

    Args:
        service: `s3` or `dynamodb`.
        region: Such as `eu-central-1`.
        endpoint: Where to connect.
        error_code: Finds the error's code in an answer.
        sleep: Waits between attempts.
    """

    def __init__(
        self,
        *,
        service: str,
        region: str,
        endpoint: Endpoint,
        error_code: Callable[[Response], str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service
        self._region = region
        self._authority = endpoint.authority
        self._error_code = error_code
        self._sleep = sleep
        self._kept = _Connection(endpoint)

    def call(self, request: AwsRequest, *, attempts: int) -> Response:
        """Send, again where that may help, and return an answer below 300.

        Raises:
            AwsRequestRefused: for answers that another attempt would not change.
            ThrottledByService: if every attempt was throttled.
            StorageUnavailable: if there was no answer, or the service failed.
        """
        for attempt in range(attempts):
            if attempt:
                self._sleep(_pause(attempt))
            error: Exception
            try:
                response = self._send(request)
            except OSError as failure:
                error = StorageUnavailable(f"{request.what}: {type(failure).__name__}: {failure}")
                error.__cause__ = failure
                continue
            if response.status < _REDIRECTION:
                return response
            error = self._error(request, response)
            if isinstance(error, PermanentError):
                raise error
        raise error

    def _send(self, request: AwsRequest) -> Response:
        """Send once; a kept connection that turns out to be closed is no attempt of its own."""
        was_open = self._kept.http.is_open
        try:
            return self._exchange(request)
        except TimeoutError:
            raise
        except OSError:
            if not was_open:
                raise
            return self._exchange(request)

    def _exchange(self, request: AwsRequest) -> Response:
        unsigned = UnsignedRequest(
            method=request.method,
            path=request.path,
            headers=dict(request.headers, host=self._authority),
            body=request.body,
        )
        headers = sign(
            unsigned,
            environment_credentials(),
            service=self._service,
            region=self._region,
            at=time.time(),
        )
        return self._kept.http.request(
            request.method,
            request.path,
            headers=headers,
            body=request.body,
            timeout_s=_READ_TIMEOUT_S,
            max_bytes=_MAX_ANSWER_BYTES,
        )

    def _error(self, request: AwsRequest, response: Response) -> Exception:
        code = self._error_code(response)
        if code in _THROTTLED or response.status == _TOO_MANY_REQUESTS:
            return ThrottledByService(f"{request.what}: {response.status} {code}")
        if response.status >= _SERVER_ERROR:
            return StorageUnavailable(f"{request.what}: {response.status} {code}")
        return AwsRequestRefused(request.what, status=response.status, code=code)


def environment_credentials() -> Credentials:
    """Return the role's credentials, which Lambda keeps in the environment."""
    try:
        return Credentials(
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            token=os.environ.get("AWS_SESSION_TOKEN"),
        )
    except KeyError as error:
        raise AwsRequestRefused(f"{error.args[0]} is not set", status=0, code="") from error


def environment_region() -> str:
    """Return the region that Lambda runs in."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise AwsRequestRefused("AWS_REGION is not set", status=0, code="")
    return region


def custom_endpoint(service: str) -> Endpoint | None:
    """Return the endpoint that the environment sets for a service, or for all, if it does."""
    url = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    return parse_endpoint(url) if url else None


def _pause(attempt: int) -> float:
    longest: float = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)
    # `random` would take 2 ms to import, for what is hardly ever used.
    return longest * int.from_bytes(os.urandom(2)) / 65_536
