"""The frozen holdout: which rows are kept back for measuring, from now on and for good.

A row that was ever held out never trains any version. So the holdout is a list of rules that is only ever
added to, and a row is held out if any rule says so:

- A `HashRule` decides by a hash of the entity, or where there is none of the features (not the target: a row
  with another label stays on its side). It keeps the columns of the day it was made, so that a feature added
  later moves no row.
- A `TimeRule` decides by frozen intervals. What is later than everything decided before, the *frontier*, is
  new: the newest fifth of it becomes the next interval, the rest trains. Rows come late or twice: their time
  alone says on which side they are. Until there are enough new rows to cut they wait on neither side, for
  what has trained could not be held out later.

When a spec changes what decides (a time, an entity, most features), a new rule is added. It only speaks of
batches that no version has trained on, and a `TimeRule` only of later times. The earlier rules go on beside
it, for the rows they held out may come again; so each such change costs up to a fifth of what comes. What no
rule can know: that a row without an entity is the same as before once the columns it was known by are gone,
and that a row dropped again under a new rule has trained before.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.training.row_hash import KeyColumn
from tideline.domain.training.time_split import Times, cut_newest
from tideline.domain.value import Value

# An interval has at least about ten rows: fewer say nothing, and would cut time into slivers.
MIN_NEW_ROWS = 50
# A row rule holds on while this share of its columns is in the spec. On every change a new rule would let the
# holdout grow by a fifth of what is left; with too few columns, many rows would share one hash.
_KEPT_SHARE = 0.5
# The standard error of a ROC AUC of 0.8 on this many balanced rows is about 0.004, below the default
# margin of 0.005: older intervals would add certainty about the past only.
RECENT_ROWS = 10_000


class HashRule(Value):
    """Hold out by a hash of `columns`; rows where all of them are missing are not held out.

    Attributes:
        of: What the columns are.
        after_batch: The rule speaks of batches with higher numbers.
    """

    kind: Literal["hash"] = "hash"
    of: Literal["entity", "row"]
    columns: tuple[KeyColumn, ...]
    after_batch: int = 0

    def decides(self, spec: ModelSpec) -> bool:
        """Tell whether this is (still) the rule for a spec."""
        if spec.time is not None:
            return False
        if self.of == "entity" or spec.entity is not None:
            return self.of == "entity" and self.columns[0].name == spec.entity
        kept = sum(column.name in spec.features for column in self.columns)
        return kept >= _KEPT_SHARE * len(self.columns)


class TimeInterval(Value):
    """Times in microseconds since 1970 (UTC): after the first, exclusively, up to the second, inclusively."""

    after_us: int
    until_us: int


class TimeRule(Value):
    """Hold out the rows whose time lies in an interval.

    Attributes:
        column: The column with the time.
        after_batch: Number of the newest batch when the rule was made.
        start_us: Latest time in the batches up to `after_batch`; all of that is decided.
        intervals: In order of time; none is ever changed or taken away.
    """

    kind: Literal["time"] = "time"
    column: str
    after_batch: int = 0
    start_us: int | None = None
    intervals: tuple[TimeInterval, ...] = ()

    def decides(self, spec: ModelSpec) -> bool:
        """Tell whether this is (still) the rule for a spec."""
        return spec.time == self.column

    @property
    def frontier_us(self) -> int | None:
        """Latest time that is decided; None before anything is."""
        return self.intervals[-1].until_us if self.intervals else self.start_us

    def extended(self, new_times: Times) -> Self:
        """Return the rule with an interval for the newest fifth of new rows.

        Args:
            new_times: Of rows later than the frontier, in any order.

        Returns:
            The same rule where there are fewer than `MIN_NEW_ROWS`, or no cut will do.

        Raises:
            ValueError: if a time is not later than the frontier.
        """
        if len(new_times) and self.frontier_us is not None and new_times.min() <= self.frontier_us:
            raise ValueError("times up to the frontier are decided already")
        cut = cut_newest(new_times) if len(new_times) >= MIN_NEW_ROWS else None
        if cut is None:
            return self
        newest = TimeInterval(after_us=cut, until_us=int(new_times.max()))
        return self.model_copy(update={"intervals": (*self.intervals, newest)})

    def recent(self, held_times: Times) -> int | None:
        """Return the start of the newest intervals that together hold at least `RECENT_ROWS` rows.

        Returns:
            A time, exclusively, or None where all intervals are needed.
        """
        for interval in reversed(self.intervals):
            if int(np.count_nonzero(held_times > interval.after_us)) >= RECENT_ROWS:
                return interval.after_us
        return None


HoldoutRule = Annotated[HashRule | TimeRule, Field(discriminator="kind")]


class FrozenHoldout(Value):
    """Every rule a model ever had; the last one is that of the newest spec."""

    rules: tuple[HoldoutRule, ...] = ()

    def covering(self, spec: ModelSpec, *, trained_batches: int) -> FrozenHoldout:
        """Return the holdout with a rule for `spec` at its end.

        Args:
            spec: The spec to prepare for.
            trained_batches: Highest number of a batch that any version may have trained on; 0 for none.
        """
        if self.rules and self.rules[-1].decides(spec):
            return self
        return FrozenHoldout(rules=(*self.rules, _rule_for(spec, after_batch=trained_batches)))

    def with_last(self, rule: TimeRule) -> FrozenHoldout:
        """Return the holdout with its last rule brought up to date."""
        return FrozenHoldout(rules=(*self.rules[:-1], rule))


class HoldoutRecord(Value):
    """A link of the chain of holdouts: each is its predecessor with something added.

    Attributes:
        number: Place in the model's chain, from 1.
        trained_batches: Highest data set version of this link and all before it.
    """

    number: int
    dataset_version: int
    spec_version: int
    trained_batches: int
    holdout: FrozenHoldout


def _rule_for(spec: ModelSpec, *, after_batch: int) -> HashRule | TimeRule:
    if spec.time is not None:
        return TimeRule(column=spec.time, after_batch=after_batch)
    if spec.entity is not None:
        entity = (KeyColumn(name=spec.entity, type="category"),)
        return HashRule(of="entity", columns=entity, after_batch=after_batch)
    features = tuple(KeyColumn(name=name, type=f.type) for name, f in spec.features.items())
    return HashRule(of="row", columns=features, after_batch=after_batch)
