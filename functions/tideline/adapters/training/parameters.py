"""Reading a trial's parameters: unknown names and senseless values are refused, not ignored."""

from __future__ import annotations

from collections.abc import Mapping

from tideline.domain.training.run import Parameter
from tideline.errors import TrainingImpossible


def refuse_unknown(parameters: Mapping[str, Parameter], *, known: frozenset[str], trainer: str) -> None:
    """Raise `TrainingImpossible` where a parameter is not one of the trainer's."""
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise TrainingImpossible(
            f"the {trainer} trainer has no parameter {unknown[0]!r}; it takes {', '.join(sorted(known))}"
        )


def positive_number(parameters: Mapping[str, Parameter], name: str, *, default: float) -> float:
    """Return a parameter that has to be a number above zero; raises `TrainingImpossible`."""
    value = parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise TrainingImpossible(f"parameter {name!r} is {value!r}; it has to be a number above 0")
    return float(value)
