"""The prediction log, and what turned out to be true of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tideline.domain.compaction import CompactionRequest
from tideline.domain.prediction_log import LoggedCall
from tideline.domain.release.deployment import Rollout

if TYPE_CHECKING:
    # Functions without numpy in their layers import this module too.
    from tideline.domain.labels.label_question import LabelQuestion
    from tideline.domain.monitoring.counting.counts import WindowCounts
    from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
    from tideline.domain.monitoring.record import LabelCounts, VersionShare
    from tideline.domain.monitoring.reference import MonitoringReference
    from tideline.domain.release.judging.evidence import Calls, Outcomes, Texts


class PredictionWriter(Protocol):
    """Makes files of the prediction log's table; see `tideline.domain.prediction_log`."""

    def write(self, calls: Sequence[LoggedCall], path: Path) -> str:
        """Write the rows of calls, each once, sorted by time; return the name that says what it holds."""
        ...


class PredictionMerger(Protocol):
    """Merges files of the prediction log's table."""

    def merge(self, sources: Sequence[Path], path: Path) -> str:
        """Write the rows of files, each once, sorted by time; return the name that says what it holds."""
        ...


class CallCounter(Protocol):
    """Counts calls of the prediction log."""

    def count(
        self, hour: datetime, *, version: int, reference: MonitoringReference, features: Sequence[str]
    ) -> tuple[WindowCounts, Sequence[VersionShare]]:
        """Count what one version answered in an hour, and what each version did.

        Args:
            hour: Its begin, in UTC.
            version: Whose answers.
            reference: Over whose bins; it names the model.
            features: Which of the reference's features.

        Raises:
            RegistryConflict: the log changed while it was read; try again.
            StorageUnavailable: a file of the log could not be read.
        """
        ...


class CompactionQueue(Protocol):
    """Who compacts the prediction log."""

    def request(self, request: CompactionRequest) -> None:
        """Ask for a look at the hours before one; asking again does no harm."""
        ...


class PredictionLog(Protocol):
    """What live versions answered."""

    def calls(
        self,
        model: str,
        *,
        rollout: Rollout,
        versions: Sequence[int],
        outputs: Sequence[str],
        until: datetime,
    ) -> Mapping[int, Calls]:
        """Return the calls in the rollout's current step, by version; every version has an entry.

        What one version answered in another's stead is not among them.

        Args:
            model: Its name.
            rollout: Release, step, and when the step began.
            versions: Whose calls.
            outputs: Classes whose probabilities are the scores; none for a value.
            until: Now, in UTC.

        Raises:
            RegistryConflict: the log's files changed faster than they could be read; try again.
            StorageUnavailable: a file could not be read; the message names it. Never are there fewer rows.
        """
        ...


class Labels(Protocol):
    """What turned out to be true of predictions."""

    def outcomes(self, model: str, ids: Texts) -> Outcomes:
        """Return what is known of predictions, in the order of their ids.

        Raises what `PredictionLog.calls` does.
        """
        ...


class LabelledPredictions(Protocol):
    """Answers, joined with what turned out to be true of them."""

    def labelled(self, question: LabelQuestion) -> tuple[LabelledRows, LabelCounts]:
        """Return every answer that a question is about, and what became of the labels.

        The rules are `tideline.domain.labels.label_question`'s. The same files give the same numbers, however
        they are ordered, split and repeated. Raises what `PredictionLog.calls` does.
        """
        ...
