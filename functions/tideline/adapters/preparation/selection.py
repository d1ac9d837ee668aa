"""Which rows a data set version has, and which side each is on: narrow tables, a few bytes a row.

``keys`` has the rows that count (one for each entity and time, inside the window), ``sides`` what
`tideline.domain.training.holdout` makes of them.
"""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tideline.adapters.preparation.row_sql import decides_to_hold_out, decides_to_validate, digest, row_id
from tideline.adapters.preparation.source import Columns
from tideline.domain.contract.spec import DayWindow, ModelSpec, RowWindow
from tideline.domain.training.holdout import FrozenHoldout, HashRule, TimeRule
from tideline.domain.training.row_hash import KeyColumn
from tideline.domain.training.training_needs import Side

_DAY_US = 86_400_000_000


def select_keys(
    connection: Any, *, spec: ModelSpec, columns: Columns, holdout: FrozenHoldout, horizon_us: int
) -> None:
    """Create ``keys``: pos, y, t (the spec's time), t<i> for each rule with a time, id, validates, held.

    Rows without a target are left out, and those later than `horizon_us`. With an entity, of rows with
    the same entity (and time) the last to arrive stays.
    """
    time = "NULL::BIGINT" if spec.time is None else columns.alias(spec.time, "time")
    identity = digest(columns.keyed(_identity(spec, holdout)))
    rule_times = [f", {columns.alias(rule.column, 'time')} AS t{i}" for i, rule in _time_rules(holdout)]
    connection.execute(
        f"CREATE TABLE keys AS SELECT pos, y, {time} AS t, {row_id(identity)} AS id,"
        f" {decides_to_validate(identity)} AS validates, {_held_by_hash(holdout, columns)} AS held"
        f" {''.join(rule_times)} FROM source"
        f" WHERE y IS NOT NULL AND coalesce({time} <= {horizon_us}, true) {_newest_copy(spec, columns, time)}"
    )


def apply_window(connection: Any, window: RowWindow | DayWindow | None) -> None:
    """Delete from ``keys`` what is older than the window: by time, else by order of arrival.

    The window counts all rows, those held out too; rows without a time are the oldest. Days are counted
    back from the newest row, and a spec that has them has a time.
    """
    if isinstance(window, RowWindow):
        connection.execute(
            "DELETE FROM keys WHERE pos NOT IN"
            f" (SELECT pos FROM keys ORDER BY t DESC NULLS LAST, pos DESC LIMIT {window.last_rows})"
        )
    elif isinstance(window, DayWindow):
        oldest = f"(SELECT max(t) - {window.last_days * _DAY_US} FROM keys)"
        connection.execute(f"DELETE FROM keys WHERE coalesce(t <= {oldest}, true)")


def assign_sides(connection: Any, *, holdout: FrozenHoldout) -> None:
    """Create ``sides``: pos, y, t, id, validates, side; NULL is a row that waits."""
    joins, held = [], ["held"]
    for index, rule in _time_rules(holdout):
        if not rule.intervals:
            continue
        connection.execute(f"CREATE TABLE intervals{index} (after_us BIGINT, until_us BIGINT)")
        connection.executemany(
            f"INSERT INTO intervals{index} VALUES (?, ?)",
            [(interval.after_us, interval.until_us) for interval in rule.intervals],
        )
        joins.append(f"ASOF LEFT JOIN intervals{index} i{index} ON k.t{index} > i{index}.after_us")
        held.append(f"coalesce(k.t{index} <= i{index}.until_us, false)")
    connection.execute(
        f"CREATE TABLE sides AS SELECT pos, y, t, id, validates, CAST(CASE WHEN {' OR '.join(held)}"
        f" THEN {Side.HOLDOUT:d} WHEN {_waits(holdout)} THEN NULL ELSE {Side.FIT:d} END AS TINYINT) AS side"
        f" FROM keys k {' '.join(joins)}"
    )


def _identity(spec: ModelSpec, holdout: FrozenHoldout) -> Sequence[KeyColumn]:
    """Return what a row is known by: what its rule hashes, or with a time the entity or features and it."""
    last = holdout.rules[-1]
    if isinstance(last, HashRule):
        return last.columns
    time = KeyColumn(name=last.column, type="time")
    if spec.entity is not None:
        return (KeyColumn(name=spec.entity, type="category"), time)
    return (*(KeyColumn(name=name, type=f.type) for name, f in spec.features.items()), time)


def _held_by_hash(holdout: FrozenHoldout, columns: Columns) -> str:
    held = ["false"]
    for rule in holdout.rules:
        if isinstance(rule, HashRule):
            values = columns.keyed(rule.columns)
            known = " OR ".join(f"{value} IS NOT NULL" for value, _ in values)
            held.append(
                f"(batch > {rule.after_batch} AND ({known}) AND {decides_to_hold_out(digest(values))})"
            )
    return " OR ".join(held)


def _newest_copy(spec: ModelSpec, columns: Columns, time: str) -> str:
    if spec.entity is None:
        return ""
    entity = columns.alias(spec.entity, "category")
    return f"QUALIFY {entity} IS NULL OR pos = max(pos) OVER (PARTITION BY {entity}, {time})"


def _time_rules(holdout: FrozenHoldout) -> list[tuple[int, TimeRule]]:
    return [(index, rule) for index, rule in enumerate(holdout.rules) if isinstance(rule, TimeRule)]


def _waits(holdout: FrozenHoldout) -> str:
    last = holdout.rules[-1]
    if not isinstance(last, TimeRule):
        return "false"
    return "t IS NOT NULL" if last.frontier_us is None else f"t > {last.frontier_us}"
