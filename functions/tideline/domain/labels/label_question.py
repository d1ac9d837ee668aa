"""What is asked of labels and the prediction log together, and the rules of their join.

- An answer is a row of the log that a version gave its caller: no shadow's, none that failed, each
  (prediction id, version) once.
- A label with a prediction id is of that prediction. A label by entity is of the newest answer about the
  entity, whichever version gave it, made at or before the label's time and within the horizon before it.
- A label that names no class of the version, or no finite number, is invalid. One that is not known yet is
  upcoming, one that was known before its prediction was made is early, and one that came after the horizon is
  late; by as much as clocks differ it is neither. None of these counts. Of the others the newest counts; of
  two that were told at one moment the larger, as for the judge.
- A label without an answer is an orphan of the period that its own time lies in: that of its prediction's id,
  else as of when the entity is meant.

All of it depends on which labels and answers there are, never on the files that they are in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tideline.domain.encoding import Task
from tideline.domain.labels.label_span import Span
from tideline.domain.training.classes import names_the_rest

# Clocks of machines differ by seconds: what was known a moment from now is known.
CLOCKS_DIFFER = timedelta(minutes=5)
# Times of the log are no finer.
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class LabelQuestion:
    """Which answers to join with their labels.

    Attributes:
        version: Whose answers.
        since: Begin of the period in which they were given, in UTC; `until` is the first moment after it.
        task: Of the version.
        classes: Of the version, in the order of its outputs; none for a regression.
        slices: Features to give along.
        horizon: How long after a prediction its outcome may come.
        now: Labels from after it are not known yet.
        looks_back: Whether labels by entity that fit no answer in the period are looked for in the horizon
            before it, which costs a read of it all where one is an orphan; else they are no orphans.
    """

    model: str
    version: int
    since: datetime
    until: datetime
    task: Task
    classes: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    horizon: timedelta
    now: datetime
    looks_back: bool = True

    @property
    def scored(self) -> tuple[str, ...]:
        """Classes whose probabilities are the scores: of two the positive one; none for a regression."""
        return self.classes[1:] if self.task == "binary" else self.classes

    @property
    def positive_alone(self) -> str | None:
        """The positive class, where every other label is negative; None where the classes are named."""
        return self.classes[1] if self.task == "binary" and names_the_rest(self.classes) else None

    @property
    def period(self) -> Span:
        """Moments of the answers."""
        return Span(self.since, self.until - _MOMENT)
