"""Instances of a request, read by the same rules that the training data had to pass.

Each instance becomes the model's input; whatever is wrong with any of them is reported at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from tideline.serving.deployment import MAX_NUMBER, Feature, Signature
from tideline.serving.faults import Faults

# Numbers and texts in the order of `InstanceReader.numbers` and `.texts`; missing is NaN and "".
ModelInput: TypeAlias = tuple[list[float], list[str]]
Instance: TypeAlias = Mapping[str, Any]

_ABSENT = object()
# `bool` is a subclass of `int`, but true is no number.
_NUMBER_TYPES = frozenset({int, float})
_SHOWN_VALUES = 10
_LONGEST_SHOWN = 64


class InstanceReader:
    """Turns instances into model inputs.

    Attributes:
        numbers: Names of the number features, in order.
        texts: Names of the category features, in order.
    """

    def __init__(self, signature: Signature) -> None:
        self._numbers = [f for f in signature.features if f.type == "number"]
        self._categories = [f for f in signature.features if f.type == "category"]
        self.numbers = tuple(feature.name for feature in self._numbers)
        self.texts = tuple(feature.name for feature in self._categories)
        self._bounds = [(_low(f), _high(f)) for f in self._numbers]
        self._bounded = [
            (position, *self._bounds[position])
            for position, feature in enumerate(self._numbers)
            if feature.min is not None or feature.max is not None
        ]
        self._values = [None if f.values is None else frozenset(f.values) for f in self._categories]
        self._take_numbers = _taker(self.numbers)
        self._take_texts = _taker(self.texts)
        features = set(self.numbers) | set(self.texts)
        # The entity joins labels and the time was for training: both may come along, unused by the model.
        self._known = features | {name for name in (signature.entity, signature.time) if name}
        self._features = features
        self.entity = signature.entity

    def read(self, instances: Sequence[Instance]) -> list[ModelInput]:
        """Return the model's input for each instance.

        Raises:
            InvalidInstances: naming what is wrong, by instance and field.
        """
        faults = Faults()
        rows = [self._row(instance, index, faults) for index, instance in enumerate(instances)]
        faults.check()
        return rows

    def _row(self, instance: Instance, index: int, faults: Faults) -> ModelInput:
        """Take a flawless instance as a whole; look at each field of any other."""
        if len(instance) == len(self._features):
            try:
                numbers, texts = self._take_numbers(instance), self._take_texts(instance)
            except KeyError:
                return self._careful_row(instance, index, faults)
            if self._are_numbers(numbers) and self._are_texts(texts):
                return numbers, texts
        return self._careful_row(instance, index, faults)

    def _are_numbers(self, values: list[Any]) -> bool:
        if not _NUMBER_TYPES.issuperset(map(type, values)):
            return False
        if values and not (min(values) >= -MAX_NUMBER and max(values) <= MAX_NUMBER):
            return False
        return all(low <= values[position] <= high for position, low, high in self._bounded)

    def _are_texts(self, values: list[Any]) -> bool:
        return all(
            type(value) is str
            and value != ""
            and ("\0" not in value if allowed is None else value in allowed)
            for value, allowed in zip(values, self._values, strict=True)
        )

    def _careful_row(self, instance: Instance, index: int, faults: Faults) -> ModelInput:
        numbers = [
            self._number(position, instance.get(name, _ABSENT), index, faults)
            for position, name in enumerate(self.numbers)
        ]
        texts = [
            self._text(position, instance.get(name, _ABSENT), index, faults)
            for position, name in enumerate(self.texts)
        ]
        for name in instance:
            if name not in self._known:
                faults.add(index, name, "the model has no such feature")
        return numbers, texts

    def _number(self, position: int, value: object, index: int, faults: Faults) -> float:
        low, high = self._bounds[position]
        if type(value) in _NUMBER_TYPES and low <= value <= high:  # type: ignore[operator]
            return value  # type: ignore[return-value]
        feature = self._numbers[position]
        reason = _number_fault(feature, value)
        if reason:
            faults.add(index, feature.name, reason)
        return math.nan

    def _text(self, position: int, value: object, index: int, faults: Faults) -> str:
        feature = self._categories[position]
        text = spelled(value)
        reason = _category_fault(feature, value, text)
        if reason:
            faults.add(index, feature.name, reason)
        return text or ""


def _taker(names: Sequence[str]) -> Callable[[Instance], list[Any]]:
    """Return what takes the values of `names` from a mapping, in C for more than one."""
    if len(names) > 1:
        getter = itemgetter(*names)
        return lambda instance: list(getter(instance))
    return lambda instance: [instance[name] for name in names]


def _low(feature: Feature) -> float:
    return -MAX_NUMBER if feature.min is None else max(feature.min, -MAX_NUMBER)


def _high(feature: Feature) -> float:
    return MAX_NUMBER if feature.max is None else min(feature.max, MAX_NUMBER)


def _number_fault(feature: Feature, value: object) -> str | None:
    """Say why a value that isn't a number within bounds isn't acceptable, or None where it is missing."""
    if value is None or value is _ABSENT:
        return _missing_fault(feature, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number, not {_json_kind(value)}"
    if feature.min is not None and value < feature.min:
        return f"{_short(value)} is below the minimum {feature.min:g}"
    if feature.max is not None and value > feature.max:
        return f"{_short(value)} is above the maximum {feature.max:g}"
    return f"{_short(value)} is too large for a 32 bit float"


def _category_fault(feature: Feature, value: object, text: str | None) -> str | None:
    """Say why a category isn't acceptable, or None; an empty text is a missing value, as in a file."""
    if value is None or value is _ABSENT or text == "":
        return _missing_fault(feature, value)
    if text is None:
        return f"must be a text, true, false or a whole number, not {_json_kind(value)}"
    if "\0" in text:
        return "must not contain the character NUL"
    if feature.values is not None and text not in feature.values:
        shown = ", ".join(repr(allowed) for allowed in feature.values[:_SHOWN_VALUES])
        more = ", ..." if len(feature.values) > _SHOWN_VALUES else ""
        return f"{_short(text)} is not one of {shown}{more}"
    return None


def _missing_fault(feature: Feature, value: object) -> str | None:
    if not feature.required:
        return None
    return "is required but missing" if value is _ABSENT else "is required and must not be null or empty"


def spelled(value: object) -> str | None:
    """Spell a category as a file would hold it, or return None for what can't be one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else None


def _json_kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", dict: "an object", list: "an array", int: "a number", float: "a number"}
    return kinds.get(type(value), type(value).__name__)


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
