"""Which role each column plays in a first spec, and why: rules without a file in sight."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from cli.errors import UsageFault
from cli.sketch.columns import MAX_LISTED, Column
from tideline.domain.contract.spec import MAX_NAME, RESERVED_PREFIX
from tideline.domain.encoding import FeatureType, Task
from tideline.domain.intake.canonical_file import MAX_TEXT

# With more different values a list in a spec is a burden: a new one is then no fault.
MAX_LISTED_VALUES = 20
# A number with as few different values may be a name for something.
_FEW_NUMBERS = 10
# What a small file shows may be chance.
_ENOUGH_ROWS = 100
_BINARY = 2
_POSITIVE = ("1", "true", "yes", "y", "t", "positive")
_NAMES_A_THING = re.compile(r"(^|_|(?<=[a-z])(?=I))(id|key|uuid|guid|number|nr|code)$", re.IGNORECASE)
# Two equal features say nothing more, a column that names the row says nothing of the next one.
_DECIDES_SHARE = 5


@dataclass(frozen=True)
class Target:
    """What is predicted, and how."""

    task: Task
    positive: str | None
    why: str


@dataclass(frozen=True)
class Feature:
    """A column to learn from; `values` where they are few."""

    name: str
    type: FeatureType
    required: bool
    values: tuple[str, ...] | None
    why: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A column not to learn from, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Roles:
    """The role of every column."""

    target: Target
    entity: str | None
    time: str | None
    features: tuple[Feature, ...]
    left_out: tuple[LeftOut, ...]


def assign_roles(columns: Sequence[Column], *, target: str, pairs: Callable[[str, str], int]) -> Roles:
    """Give every column a role.

    Args:
        columns: Of the file, the target among them.
        target: Its name.
        pairs: Counts the different pairs of values of two columns.

    Raises:
        UsageFault: the target cannot be predicted, or nothing is left to predict it from.
    """
    goal = next(column for column in columns if column.name == target)
    others = [column for column in columns if column is not goal]
    judged = judge_target(goal)
    time = _time(others)
    entity = _entity(others, time, pairs)
    keys = {name for name in (entity, time) if name}
    features: list[Feature] = []
    left_out: list[LeftOut] = []
    for column in others:
        if column.name in keys:
            continue
        reason = _unfit(column, goal) or _repeated(column, features)
        if reason:
            left_out.append(LeftOut(column.name, reason))
        else:
            features.append(_feature(column))
    if not features:
        raise UsageFault(f"no column is left to predict {target!r} from: {_listed(left_out)}")
    return Roles(judged, entity, time, tuple(features), tuple(left_out))


def judge_target(goal: Column) -> Target:
    """Say what kind of prediction a target asks for.

    Raises:
        UsageFault: it has one value only, or too many texts to be classes.
    """
    if goal.distinct < _BINARY:
        raise UsageFault(f"{goal.name!r} is the same in every row: there is nothing to predict")
    if goal.distinct == _BINARY:
        return _binary(goal)
    if goal.is_number:
        return Target("regression", None, _number_note(goal))
    if goal.distinct > MAX_LISTED:
        raise UsageFault(
            f"{goal.name!r} has {goal.distinct:,} different values that are not all numbers:"
            " too many for classes"
        )
    return Target("multiclass", None, f"{goal.distinct} labels: {', '.join(v for v, _ in goal.values[:5])}")


def _binary(goal: Column) -> Target:
    labels = dict(goal.values)
    known = next((label for label in labels if label.lower() in _POSITIVE), None)
    rarer = min(labels, key=lambda label: (labels[label], label))
    positive = known or rarer
    share = labels[positive] / max(goal.present, 1)
    seen = f"{positive!r} in {share:.1%} of the rows"
    return Target(
        "binary", positive, seen if known else f"{seen}; the rarer label is taken as the positive one"
    )


def _number_note(goal: Column) -> str:
    if goal.distinct <= _FEW_NUMBERS:
        return f"a number with {goal.distinct} values; where these are names, write `task: multiclass`"
    return "a number"


def _time(columns: Sequence[Column]) -> str | None:
    found = [c for c in columns if c.is_time and c.missing == 0 and c.distinct > 1 and _legal(c.name) is None]
    return max(found, key=lambda column: column.distinct).name if found else None


def _entity(columns: Sequence[Column], time: str | None, pairs: Callable[[str, str], int]) -> str | None:
    """Return the column that names what a row is about: no two rows share it, or not at the same time."""
    for column in columns:
        named = _NAMES_A_THING.search(column.name) and (
            column.whole == column.present or not column.is_number
        )
        if not named or column.missing or column.is_time or column.longest > MAX_TEXT or _legal(column.name):
            continue
        if column.distinct == column.rows:
            return column.name
        if time and column.distinct > _FEW_NUMBERS and pairs(column.name, time) == column.rows:
            return column.name
    return None


def _unfit(column: Column, goal: Column) -> str:
    """Say why a column is no feature; nothing where it is one."""
    illegal = _legal(column.name)
    if illegal:
        return illegal
    if column.present == 0:
        return "always missing"
    if column.distinct == 1:
        return "always the same" if column.missing == 0 else "one value, or missing"
    if _tells_target(column, goal):
        return "tells the target: every value goes with one target, so it is probably known only afterwards"
    if column.is_time:
        return "a time; one is used as `time`, others say something once turned into numbers"
    return _unfit_text(column)


def _tells_target(column: Column, goal: Column) -> bool:
    if column.same_as_target:
        return True
    if column.missing or column.targets_per_value > 1:
        return False
    if column.values_per_target == 1:
        return goal.distinct < goal.present or column.is_number
    return column.rows >= _ENOUGH_ROWS and column.distinct * _DECIDES_SHARE <= column.rows


def _unfit_text(column: Column) -> str:
    if column.counts_rows:
        return "counts the rows"
    if column.is_number:
        unique = column.distinct == column.rows and column.whole == column.rows
        return "another number in every row, as an id has" if unique and _names(column) else ""
    if column.longest > MAX_TEXT:
        return f"texts of up to {column.longest:,} characters"
    if column.distinct > MAX_LISTED and column.distinct > column.present / 2:
        return f"{column.distinct:,} different texts in {column.present:,} rows: next to nothing repeats"
    return ""


def _names(column: Column) -> bool:
    return _NAMES_A_THING.search(column.name) is not None


def _legal(name: str) -> str | None:
    if not name or len(name) > MAX_NAME or name != name.strip():
        return "a name that a spec cannot hold"
    return (
        f"names that start with {RESERVED_PREFIX} are Tideline's own"
        if name.startswith(RESERVED_PREFIX)
        else None
    )


def _repeated(column: Column, features: Sequence[Feature]) -> str:
    twin = next((f.name for f in features if f.name.casefold() == column.name.casefold()), None)
    return f"differs from {twin!r} only in upper and lower case" if twin else ""


def _feature(column: Column) -> Feature:
    kind: Literal["number", "category"] = "number" if column.is_number else "category"
    few = kind == "category" and column.distinct <= MAX_LISTED_VALUES and column.rows >= _ENOUGH_ROWS
    return Feature(
        column.name,
        kind,
        required=column.missing == 0,
        values=tuple(value for value, _ in column.values) if few else None,
        why=_feature_note(column, kind),
    )


def _feature_note(column: Column, kind: FeatureType) -> str:
    if column.missing:
        return f"missing in {column.missing / column.rows:.1%} of the rows"
    if kind == "category" and column.numbers * 2 > column.present:
        return (
            f"numbers, but for {column.present - column.numbers:,} rows: where those are faults, write number"
        )
    return ""


def _listed(left_out: Sequence[LeftOut]) -> str:
    return "; ".join(f"{column.name}: {column.why}" for column in left_out) or "the file has no other column"
