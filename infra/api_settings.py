"""Who may call the API and how often: what a person may set of it with `-c`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# An unlimited API is an unlimited bill: at this rate for a whole day, HTTP API and function cost some $100.
_RATE_PER_S, _BURST = 1_000, 500
# API Gateway's own limits for an account and region, unless AWS has raised them.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_LARGEST_RATE, _LARGEST_BURST = 10_000, 5_000
_ORIGIN = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?|http://localhost(:[0-9]+)?")
_ISSUER = re.compile(r"https://[^\s?#]+")


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """How the API is reached.

    Attributes:
        issuer: URL of the OpenID Connect issuer whose tokens let callers ask for predictions; None for
            IAM. The registry's calls are always signed: approvals bind to an IAM identity.
        audiences: What tokens have to be for.
        origins: Web pages that browsers may call from; none by default.
        rate_per_s: Calls a second that are let through, over all routes.
        burst: Calls that may come at once.
        concurrency: How many calls of `predict` may be under way at most, reserved for it; None reserves
            nothing, for new accounts have ten in all and may reserve none.
    """

    issuer: str | None = None
    audiences: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    rate_per_s: int = _RATE_PER_S
    burst: int = _BURST
    concurrency: int | None = None


def read_api_settings(context: Mapping[str, str]) -> ApiSettings:
    """Return what `-c key=value` asks for.

    Args:
        context: `auth` (iam, or jwt with `issuer` and `audience`), `cors` (origins with commas between),
            `throttle` (RATE,BURST) and `concurrency`.

    Raises:
        ValueError: naming the key whose value can't be used.
    """
    rate, burst = _throttle(context.get("throttle", f"{_RATE_PER_S},{_BURST}"))
    issuer, audiences = _issuer(context)
    return ApiSettings(
        issuer=issuer,
        audiences=audiences,
        origins=_origins(context.get("cors", "")),
        rate_per_s=rate,
        burst=burst,
        concurrency=_concurrency(context.get("concurrency", "")),
    )


def _issuer(context: Mapping[str, str]) -> tuple[str | None, tuple[str, ...]]:
    auth, issuer, audience = (context.get(key, "") for key in ("auth", "issuer", "audience"))
    if auth in ("", "iam"):
        for key, value in (("issuer", issuer), ("audience", audience)):
            if value:
                raise ValueError(f"-c {key}={value}: of use only with -c auth=jwt")
        return None, ()
    if auth != "jwt":
        raise ValueError(f"-c auth={auth}: iam or jwt")
    if not _ISSUER.fullmatch(issuer):
        raise ValueError(f"-c issuer={issuer}: the https URL of an OpenID Connect issuer, for -c auth=jwt")
    audiences = tuple(each.strip() for each in audience.split(",") if each.strip())
    if not audiences:
        raise ValueError(f"-c audience={audience}: what the tokens are for, such as a client's id")
    return issuer, audiences


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(each.strip() for each in text.split(",") if each.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"-c cors={text}: origins such as https://app.example, with commas between")
    return origins


def _throttle(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,5}),([1-9][0-9]{0,5})", text)
    if found and int(found[1]) <= _LARGEST_RATE and int(found[2]) <= _LARGEST_BURST:
        return int(found[1]), int(found[2])
    raise ValueError(
        f"-c throttle={text}: calls a second up to {_LARGEST_RATE:,} and a burst up to {_LARGEST_BURST:,},"
        " such as 1000,500"
    )


def _concurrency(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise ValueError(f"-c concurrency={text}: a number of calls, at least 1")
    return int(text)
