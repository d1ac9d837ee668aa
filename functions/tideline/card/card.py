"""A card as a value: its headline and its sections in the order in which a reader needs them."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.card.evidence import Evidence
from tideline.card.headline import Headline, headline
from tideline.card.sections.data import data
from tideline.card.sections.decisions import decisions
from tideline.card.sections.groups import fairness, slices
from tideline.card.sections.inspection import calibration, importance, sensitivity
from tideline.card.sections.limits import limits
from tideline.card.sections.metrics import metrics
from tideline.card.sections.origin import lineage, training
from tideline.card.sections.use import intended_use
from tideline.page.blocks import Section

_SECTIONS = (
    intended_use,
    data,
    metrics,
    slices,
    fairness,
    calibration,
    importance,
    sensitivity,
    limits,
    training,
    lineage,
    decisions,
)


@dataclass(frozen=True)
class Card:
    """What both renderings show."""

    headline: Headline
    sections: tuple[Section, ...]


def make_card(evidence: Evidence) -> Card:
    """Return the card of a version."""
    return Card(headline=headline(evidence), sections=tuple(make(evidence) for make in _SECTIONS))
