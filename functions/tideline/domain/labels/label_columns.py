"""Which columns a file of labels has, by its model's spec.

One rule for the times. `labelled_at` is when the outcome was known; where it is missing, when the file was
dropped. A label by entity is of the newest prediction about that entity up to the row's time: the spec's
`time` column where it is given, else when the outcome was known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tideline.domain.contract.spec import ModelSpec

PREDICTION_ID = "prediction_id"
LABELLED_AT = "labelled_at"
# Clocks differ; rows of training data are given the same (`tideline.domain.training.time_split`).
CLOCK_SKEW = timedelta(days=1)


@dataclass(frozen=True)
class LabelColumns:
    """Names of the columns that are read; None for one that this model's files cannot have.

    Attributes:
        target: What was to be predicted: the only one that every file must have.
        is_number: Whether it holds numbers, as of a regression.
        prediction_id: Names the prediction.
        entity: Names it where there is no id.
        time: As of when the entity is meant.
        labelled_at: When the outcome was known.
    """

    target: str
    is_number: bool
    prediction_id: str | None
    entity: str | None
    time: str | None
    labelled_at: str | None

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns of which a row has to have one."""
        return tuple(name for name in (self.prediction_id, self.entity) if name)


def label_columns(spec: ModelSpec) -> LabelColumns:
    """Return the columns of a model's files of labels.

    A private entity names no prediction: the log holds its keyed hash only.
    """
    return LabelColumns(
        target=spec.target,
        is_number=spec.task == "regression",
        prediction_id=_unless_taken(PREDICTION_ID, spec.target),
        entity=None if has_private_entity(spec) else _unless_taken(spec.entity, PREDICTION_ID, spec.target),
        time=_unless_taken(spec.time, PREDICTION_ID, LABELLED_AT),
        labelled_at=_unless_taken(LABELLED_AT, spec.target, spec.entity),
    )


def has_private_entity(spec: ModelSpec) -> bool:
    """Tell whether the prediction log hides the entity."""
    feature = spec.features.get(spec.entity or "")
    return feature is not None and feature.private


def _unless_taken(name: str | None, *others: str | None) -> str | None:
    if name is None or name.casefold() in {other.casefold() for other in others if other}:
        return None
    return name
