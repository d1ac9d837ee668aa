"""What the command line says when something is wrong: one sentence, and what to do about it."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from cli.local import LocalCloudError
from tideline.errors import TidelineError

USAGE = 2
FAILED = 1
INTERRUPTED = 130
# Beside those by which `tideline watch` tells how a run ended.
DOES_NOT_FIT = 6

_SIGN_IN = "sign in to AWS first (`aws sso login`, or set AWS_PROFILE), then try again"
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class CliError(Exception):
    """Ends a command with a sentence for the person who typed it."""

    def __init__(self, message: str, *, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class UsageFault(CliError):
    """What was typed cannot be done as it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=USAGE)


def explain(error: Exception) -> str:
    """Return what to tell a person of any error."""
    if isinstance(error, CliError | LocalCloudError):
        return str(error)
    if isinstance(error, TidelineError):
        return f"{error.message} ({type(error).__name__})"
    return _client_error(error) if isinstance(error, ClientError) else _other(error)


def _other(error: Exception) -> str:
    if isinstance(error, NoCredentialsError | PartialCredentialsError | ProfileNotFound):
        return f"no usable AWS credentials: {_SIGN_IN}"
    if isinstance(error, NoRegionError):
        return "no AWS region: set AWS_REGION, or `region` in the profile"
    if isinstance(error, EndpointConnectionError):
        return f"{error}; if that is the local cloud, start it with `tideline up`"
    if isinstance(error, BotoCoreError | OSError):
        return str(error)
    return f"{type(error).__name__}: {error}; --debug shows where, please report it"


def _client_error(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    if code in _EXPIRED:
        return f"the AWS credentials have expired: {_SIGN_IN}"
    if code in _DENIED:
        return f"not allowed: {message or error.operation_name}; ask for {error.operation_name} to be granted"
    return f"AWS refused {error.operation_name}: {message or code} ({code})"
