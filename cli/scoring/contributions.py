"""What an answer comes from, in half a line: the features that moved its raw score most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHOWN = 3


def because(explanation: Mapping[str, Any]) -> str:
    """Return ``tenure -1.2, contract +0.4 and 5 more``, the largest first.

    Args:
        explanation: ``contributions`` by feature; those of a model with several classes by class inside,
            of which the widest counts.
    """
    moved = {name: _widest(value) for name, value in explanation["contributions"].items()}
    ranked = sorted(moved.items(), key=lambda item: (-abs(item[1]), item[0]))
    told = ", ".join(f"{name} {value:+.3g}" for name, value in ranked[:_SHOWN] if value)
    left = sum(1 for _, value in ranked[_SHOWN:] if value)
    return f"{told} and {left} more" if left else told or "nothing moved it"


def _widest(value: Any) -> float:
    if isinstance(value, Mapping):
        return max((float(part) for part in value.values()), key=abs, default=0.0)
    if isinstance(value, list):
        return max((float(part) for part in value), key=abs, default=0.0)
    return float(value)
