"""The spec's rules as SQL: one number a cell that says what is wrong with it, 0 where nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tideline.adapters.intake.sql import listed, literal
from tideline.adapters.intake.table import Cell, Table
from tideline.domain.contract.spec import FeatureSpec, ModelSpec
from tideline.domain.intake.canonical_file import MAX_NUMBER, MAX_TEXT, RowFault, name_fault
from tideline.domain.release.deployment import FeatureSignature


@dataclass(frozen=True)
class Rule:
    """What one column of the canonical file holds."""

    name: str
    kind: Literal["number", "text", "time"]
    required: bool
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] | None = None
    latest: datetime | None = None

    def spell(self, fault: RowFault) -> str:
        """Return a fault of this column as it is listed."""
        bounds = {RowFault.BELOW_MIN: self.low, RowFault.ABOVE_MAX: self.high}
        return name_fault(self.name, fault, bound=bounds.get(fault))


def rules_of(spec: ModelSpec) -> tuple[Rule, ...]:
    """Return a rule for every column, in the spec's order. A feature's type holds for a key, too."""
    return tuple(_rule(name, spec) for name in spec.columns)


def _rule(name: str, spec: ModelSpec) -> Rule:
    feature = spec.features.get(name)
    if feature is None:
        kind: Literal["number", "text", "time"] = "text"
        if name == spec.time:
            kind = "time"
        if name == spec.target and spec.task == "regression":
            kind = "number"
        # An audit column may have gaps: rows without it train all the same, and count for no group.
        return Rule(name=name, kind=kind, required=name in (spec.target, spec.entity, spec.time))
    return feature_rule(name, feature, is_key=name in (spec.entity, spec.time))


def feature_rule(name: str, feature: FeatureSpec | FeatureSignature, *, is_key: bool = False) -> Rule:
    """Return the rule that a feature's column is held to, whether it trains or is scored."""
    return Rule(
        name=name,
        kind="number" if feature.type == "number" else "text",
        required=feature.required or is_key,
        low=feature.min,
        high=feature.max,
        values=feature.values,
    )


def judged(table: Table, rules: tuple[Rule, ...]) -> str:
    """Return a SELECT over every row that could be taken apart.

    Its columns: those of the relation, `v0..` the values as they will be kept, `s` the row's own fault,
    `s0..` the cells'.
    """
    cells = [table.cells[rule.name] for rule in rules]
    values = [
        f"{_value(rule, cell)} AS v{at}" for at, (rule, cell) in enumerate(zip(rules, cells, strict=True))
    ]
    # Where the whole row is wrong, its cells are not asked.
    found = [("s <> 0", 0)] if table.row_faults else []
    states = [
        f"{_state(rule, cell, at, found)} AS s{at}"
        for at, (rule, cell) in enumerate(zip(rules, cells, strict=True))
    ]
    row_state = _case([(condition, fault.code) for fault, condition in table.row_faults])
    return (
        f"SELECT *,\n  {listed(states)}\nFROM (SELECT *,\n  {row_state} AS s,\n  {listed(values)}\n"
        f"FROM {table.relation})"
    )


def all_right(rules: tuple[Rule, ...]) -> str:
    """Return the condition that nothing is wrong with a row."""
    return " AND ".join(["s = 0", *(f"s{at} = 0" for at in range(len(rules)))])


def _value(rule: Rule, cell: Cell) -> str:
    if rule.kind == "number":
        return cell.number
    return cell.time if rule.kind == "time" else f"nullif({cell.text}, '')"


def _state(rule: Rule, cell: Cell, at: int, first: list[tuple[str, int]]) -> str:
    """Return the fault of a cell; a right value is known by the first question or two, as most values are."""
    value = f"v{at}"
    found = [(condition, fault.code) for fault, condition in cell.faults]
    found.append((_is_right(rule, value), 0))
    found.append((cell.missing, RowFault.MISSING.code if rule.required else 0))
    found += [(condition, fault.code) for condition, fault in _value_faults(rule, value)]
    return _case([*first, *found])


def _is_right(rule: Rule, value: str) -> str:
    if rule.kind == "time":
        return f"{value} IS NOT NULL" if rule.latest is None else f"{value} <= {moment(rule.latest)}"
    if rule.kind == "number":
        low = -MAX_NUMBER if rule.low is None else max(rule.low, -MAX_NUMBER)
        high = MAX_NUMBER if rule.high is None else min(rule.high, MAX_NUMBER)
        return f"{value} BETWEEN {_double(low)} AND {_double(high)}"
    if rule.values is not None:
        return f"{_known(value, rule.values)} IS NOT NULL"
    return f"strlen({value}) <= {MAX_TEXT} AND NOT contains({value}, chr(0))"


def _value_faults(rule: Rule, value: str) -> list[tuple[str, RowFault]]:
    if rule.kind == "time":
        # A time that reads and is not right is too late.
        return [(f"{value} IS NULL", RowFault.NOT_A_TIME), ("true", RowFault.FROM_THE_FUTURE)]
    return _number_faults(rule, value) if rule.kind == "number" else _text_faults(rule, value)


def _number_faults(rule: Rule, value: str) -> list[tuple[str, RowFault]]:
    faults = [
        (f"{value} IS NULL", RowFault.NOT_A_NUMBER),
        (f"NOT isfinite({value})", RowFault.NOT_FINITE),
        (f"abs({value}) > {_double(MAX_NUMBER)}", RowFault.NUMBER_TOO_LARGE),
    ]
    if rule.low is not None:
        faults.append((f"{value} < {_double(rule.low)}", RowFault.BELOW_MIN))
    if rule.high is not None:
        faults.append((f"{value} > {_double(rule.high)}", RowFault.ABOVE_MAX))
    return faults


def _text_faults(rule: Rule, value: str) -> list[tuple[str, RowFault]]:
    # strlen counts bytes at no cost; only long texts have their characters counted.
    faults = [
        (f"strlen({value}) > {MAX_TEXT} AND length({value}) > {MAX_TEXT}", RowFault.TOO_LONG),
        (f"contains({value}, chr(0))", RowFault.NUL_CHARACTER),
    ]
    if rule.values is not None:
        faults.append((f"{_known(value, rule.values)} IS NULL", RowFault.NOT_ALLOWED))
    return faults


def _known(value: str, allowed: tuple[str, ...]) -> str:
    """Return the value if it is one of `allowed`, else NULL: one look-up, where IN compares with each."""
    # No text of a file can hold a NUL, and no literal may.
    words = dict.fromkeys(text for text in allowed if "\0" not in text) or {"": None}
    return f"TRY_CAST({value} AS ENUM({', '.join(literal(word) for word in words)}))"


def moment(at: datetime) -> str:
    """Return a moment as TIMESTAMP in UTC."""
    return f"TIMESTAMP '{at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def _double(number: float) -> str:
    return f"'{number!r}'::DOUBLE"


def _case(found: list[tuple[str, int]]) -> str:
    branches = " ".join(f"WHEN {condition} THEN {code}" for condition, code in found)
    return f"CAST(CASE {branches} ELSE 0 END AS UTINYINT)" if branches else "CAST(0 AS UTINYINT)"
