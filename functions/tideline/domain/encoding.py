"""How raw features become the numbers that trainers see: shared by training and the artifact."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

FeatureType = Literal["number", "category"]
Task = Literal["binary", "multiclass", "regression"]

# LightGBM's default `max_bin` is 255: it would merge rarer categories beyond that many anyway.
MAX_VOCABULARY = 255


class FeatureEncoding(BaseModel):
    """One feature: a number as it is, or a category as its index in `vocabulary`.

    Missing values and, for categories, values outside the vocabulary are NaN in arrays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: FeatureType
    vocabulary: tuple[str, ...] = ()


class Encoding(BaseModel):
    """All features in column order, and for classification the classes in output order.

    A binary task's classes are (negative, positive); regression has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task
    features: tuple[FeatureEncoding, ...]
    classes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in column order."""
        return tuple(feature.name for feature in self.features)
