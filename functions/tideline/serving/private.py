"""What of an instance goes into the prediction log: features as given, private ones hidden."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from tideline.serving.deployment import Signature
from tideline.serving.instances import spelled

# 128 bits: no two categories of a feature meet by accident.
_HASH_DIGITS = 32


def logged_features(instance: Mapping[str, Any], *, signature: Signature, salt: str) -> Mapping[str, Any]:
    """Return an instance's features; private categories are hashed, private numbers left out.

    Without a salt a hash could be undone by trying every value: then private categories are left out too.
    """
    private, extras = signature.private, signature.extras
    if not private and not _has_one(instance, extras):
        return instance
    shown = {}
    for name, value in instance.items():
        if name in extras:
            continue
        if name not in private or value is None:
            shown[name] = value
        elif private[name] == "category" and salt:
            shown[name] = hidden(value, salt=salt)
    return shown


def _has_one(instance: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    # For each instance, so a loop: `any` with a generator takes three times as long.
    for name in names:  # noqa: SIM110
        if name in instance:
            return True
    return False


def hidden(value: object, *, salt: str) -> str:
    """Return what stands for a private value: HMAC-SHA256 (RFC 2104), shortened."""
    text = spelled(value) or str(value)
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:_HASH_DIGITS]


def logged_person(text: str | None, *, signature: Signature, salt: str) -> str | None:
    """Return an entity as it may be logged: hidden where the column is a private feature too."""
    if text is None or signature.entity not in signature.private:
        return text
    return hidden(text, salt=salt) if salt else None
