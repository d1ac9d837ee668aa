"""Which labels a classifier tells apart, in the order of its outputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tideline.domain.contract.spec import ModelSpec
from tideline.errors import TrainingImpossible

# Labels that mean "it happened" without being told, small letters.
_POSITIVE_LABELS = frozenset({"1", "true", "yes"})
# Each class grows a tree of its own in every round; a target with more values is as a rule an identifier.
MAX_CLASSES = 100
_SHOWN = 10


def class_order(spec: ModelSpec, labels: Collection[str]) -> tuple[str, ...]:
    """Return the classes in output order.

    A binary task has (negative, positive). Positive is what the spec says, else of two labels the one
    that reads 1, true or yes; negative is the only other label, or ``not <positive>`` where there are
    several. A multiclass task has its labels in the order of their text, regression none.

    Args:
        spec: Task and positive label.
        labels: Every label that occurs in training or holdout rows.

    Raises:
        TrainingImpossible: one label only, too many, or no telling which is positive.
    """
    if spec.task == "regression":
        return ()
    if len(labels) < 2:  # noqa: PLR2004 - two are the fewest to tell apart
        raise TrainingImpossible(
            f"every row has the same {spec.target!r}, {_listed(labels)}: a classifier needs rows of at least"
            " two classes; drop data that has them"
        )
    if spec.task == "binary":
        positive = _positive(spec, labels)
        others = [label for label in labels if label != positive]
        return (others[0] if len(others) == 1 else _the_rest(positive), positive)
    if len(labels) > MAX_CLASSES:
        raise TrainingImpossible(
            f"{spec.target!r} has {len(labels):,} different labels, at most {MAX_CLASSES} can be told apart:"
            " is it an identifier? If it is a quantity, set task: regression"
        )
    return tuple(sorted(labels))


def names_the_rest(classes: Sequence[str]) -> bool:
    """Tell whether the negative class of a binary task stands for every label but the positive one."""
    return len(classes) == 2 and classes[0] == _the_rest(classes[1])  # noqa: PLR2004 - the one and the other


def _the_rest(positive: str) -> str:
    return f"not {positive}"


def _positive(spec: ModelSpec, labels: Collection[str]) -> str:
    if spec.positive is not None:
        if spec.positive in labels:
            return spec.positive
        raise TrainingImpossible(
            f"no row has the positive label {spec.positive!r} in {spec.target!r}, which holds"
            f" {_listed(labels)}: set `positive` to the label to predict"
        )
    candidates = [label for label in labels if label.lower() in _POSITIVE_LABELS]
    if len(labels) == 2 and len(candidates) == 1:  # noqa: PLR2004 - the one and the other
        return candidates[0]
    raise TrainingImpossible(
        f"{spec.target!r} holds {_listed(labels)}, and nothing says which one to predict: set `positive`"
    )


def _listed(labels: Collection[str]) -> str:
    shown = sorted(labels)[:_SHOWN]
    more = f" and {len(labels) - _SHOWN:,} more" if len(labels) > _SHOWN else ""
    return ", ".join(repr(label[:40]) for label in shown) + more
