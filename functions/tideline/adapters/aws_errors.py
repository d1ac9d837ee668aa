"""From botocore's errors to ours, by code; what is not known goes on up as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError

from tideline.errors import StorageUnavailable, ThrottledByService

_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_UNAVAILABLE = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "RequestTimeout",
        "503",
    }
)


def error_code(exc: ClientError) -> str:
    """Return the service's error code, such as ``NoSuchKey``."""
    return str(exc.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Raise our transient errors for botocore's; `service` is named in the message."""
    try:
        yield
    except ClientError as exc:
        code = error_code(exc)
        if code in _THROTTLED:
            raise ThrottledByService(f"{service} answered {code}") from exc
        if code in _UNAVAILABLE:
            raise StorageUnavailable(f"{service} answered {code}") from exc
        raise
    except (BotoConnectionError, HTTPClientError, IncompleteReadError) as exc:
        raise StorageUnavailable(f"{service} did not answer: {type(exc).__name__}") from exc
