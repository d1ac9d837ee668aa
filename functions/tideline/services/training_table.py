"""What preparing data needs from the outside: the chain of holdouts, and the rows as a table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.training.holdout import FrozenHoldout, HoldoutRecord, TimeRule
from tideline.domain.training.profile import ColumnProfile
from tideline.domain.training.time_split import Times
from tideline.domain.training.training_needs import SplitCounts, TargetCounts


class HoldoutRegistry(Protocol):
    """The chain of holdouts of every model."""

    def of_work(self, model: str, *, dataset_version: int, spec_version: int) -> HoldoutRecord | None:
        """Return the link that this data set version and spec were prepared with."""
        ...

    def latest(self, model: str) -> HoldoutRecord | None:
        """Return the newest link."""
        ...

    def append(self, model: str, record: HoldoutRecord) -> None:
        """Add the next link; raises `RegistryConflict` where its number or its work is taken."""
        ...


class TrainingTable(Protocol):
    """The rows of a data set version; sides are assigned first, then columns are written."""

    def latest_time(self, rule: TimeRule) -> int | None:
        """Return the latest time of the batches that a rule does not speak of."""
        ...

    def new_times(self, rule: TimeRule) -> Times:
        """Return the times beyond a rule's frontier, of rows in the window that nothing else holds out."""
        ...

    def hold_out(self, holdout: FrozenHoldout) -> SplitCounts:
        """Put every row on the training or the holdout side, or let it wait."""
        ...

    def training_times(self) -> Times:
        """Return the times of training rows that have one."""
        ...

    def held_times(self) -> Times:
        """Return the times of holdout rows that have one."""
        ...

    def validate_on(self, *, after_us: int | None) -> None:
        """Use training rows later than this for validation; without a time, a fifth by their hash."""
        ...

    def narrow_holdout(self, *, after_us: int | None, most_rows: int) -> None:
        """Keep the holdout rows later than this, and at most so many: the latest, or by their hash."""
        ...

    def target_counts(self) -> TargetCounts:
        """Count the target's values on each side."""
        ...

    def gather(self) -> None:
        """Collect the columns of the rows that are used; sides change no more."""
        ...

    def vocabulary(self, feature: str) -> tuple[str, ...]:
        """Return a category's values in training rows, the most frequent first."""
        ...

    def write_training(self, path: Path, encoding: Encoding) -> Mapping[str, ColumnProfile]:
        """Write the training arrays and return the profile of each feature."""
        ...

    def profile_target(self, encoding: Encoding) -> ColumnProfile:
        """Return the profile of the training rows' target."""
        ...

    def write_holdout(self, path: Path, encoding: Encoding) -> int:
        """Write the holdout; return the number of rows.

        Its arrays, shape ``(n,)`` each: ``f<i>``, raw features in the encoding's order; ``a<i>``, audit
        columns in the spec's; ``y``, targets; ``row``, ids.
        """
        ...


class TrainingTables(Protocol):
    """Makes tables of batches."""

    def open(
        self,
        files: Mapping[int, Path],
        *,
        spec: ModelSpec,
        holdout: FrozenHoldout,
        horizon_us: int,
        folder: Path,
    ) -> AbstractContextManager[TrainingTable]:
        """Return the table of batches, given as Parquet files by their numbers.

        Args:
            files: Oldest first; each file is named after its number.
            spec: Columns, window and task.
            holdout: Rules; what the last one decides by time may still be added to.
            horizon_us: Rows that claim to be later than this wait.
            folder: Where to work.

        Raises:
            TrainingImpossible: the batches lack what the spec needs, or, here or in the body, preparing
                them takes more memory than there is.
        """
        ...
