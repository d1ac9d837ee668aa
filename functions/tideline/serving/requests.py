"""A prediction request's body: JSON, read strictly.

What lenient parsers let through is refused: NaN and infinity, numbers beyond a double, duplicate keys,
unknown fields, lone surrogates, a byte order mark, anything after the document.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec

from tideline.serving.limits import MAX_INSTANCES, MAX_KEY_CHARACTERS
from tideline.serving.problems import Problem

# Lambda takes events of up to 6 MB, in which the body's quotation marks are escaped; API Gateway takes 10.
MAX_BODY_BYTES = 4 * 1024 * 1024


class PredictionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: instances, perhaps a key that keeps a caller on one version, and whether to explain."""

    instances: list[dict[str, Any]]
    key: str | None = None
    explain: bool = False


_decoder = msgspec.json.Decoder(PredictionRequest)


def read_request(body: bytes) -> PredictionRequest:
    """Read a body.

    Raises:
        Problem: 400 for what isn't JSON, 413 for too much, 422 for the wrong shape.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Problem(413, f"the body has {len(body):,} bytes; at most {MAX_BODY_BYTES:,} are read")
    request = _decode(body)
    check_size(request)
    _check_duplicates(body, request)
    return request


def _decode(body: bytes) -> PredictionRequest:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Problem(422, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise Problem(400, "the body is nested too deeply") from error


def check_size(request: PredictionRequest) -> None:
    """Refuse too many instances, none, or too long a key; raises `Problem`."""
    count = len(request.instances)
    check_count(count)
    if count == 0:
        raise Problem(422, "`instances` is empty: give at least one")
    if request.key is not None and len(request.key) > MAX_KEY_CHARACTERS:
        raise Problem(422, f"`key` is longer than {MAX_KEY_CHARACTERS} characters")


def check_count(count: int) -> None:
    """Refuse too many instances; raises `Problem`."""
    if count > MAX_INSTANCES:
        raise Problem(413, f"{count:,} instances; at most {MAX_INSTANCES:,} are answered in one call")


def _check_duplicates(body: bytes, request: PredictionRequest) -> None:
    """Refuse a body that names a key twice.

    Each key brings a colon, so that as many colons as keys leave no room for a duplicate; only where texts
    hold colons too is the body read again.
    """
    least = 1 + sum(map(len, request.instances)) + (request.key is not None) + request.explain
    if body.count(b":") <= least:
        return
    try:
        json.loads(body, object_pairs_hook=_unique)
    except RecursionError as error:
        raise Problem(400, "the body is nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise Problem(422, f"the field {twice[:128]!r} is given twice")
    return found
