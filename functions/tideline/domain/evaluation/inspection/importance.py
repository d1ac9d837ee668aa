"""Permutation importance: how much worse a model gets when a feature's values are dealt out anew.

As Breiman (2001) has it, on rows that no model trained on, and for any model (Fisher, Rudin & Dominici
2019). Two features that tell the same share their importance between them, and shuffling one alone makes
rows that cannot be: a feature of little importance here is one that this model can do without, not one that
says nothing.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from tideline.domain.evaluation.inspection.findings import Importance
from tideline.domain.evaluation.inspection.probe import Probe


def permutation_importance(
    probe: Probe, *, features: Collection[str], repeats: int, seed: int
) -> tuple[Importance, ...]:
    """Shuffle each feature and measure.

    Args:
        probe: The model and the rows; how many there are is the caller's to bound.
        features: Which features to shuffle; each costs `repeats` predictions of all rows.
        repeats: Shuffles of each.
        seed: With the feature's place it decides the shuffles, whatever other features are asked for.

    Returns:
        The most important first; nothing where the metric means nothing on these rows.
    """
    found = [
        _importance(probe, name, repeats=repeats, random=np.random.default_rng([seed, place]))
        for place, name in enumerate(probe.columns)
        if name in features
    ]
    return tuple(sorted((one for one in found if one), key=lambda one: (-one.drop, one.feature)))


def _importance(
    probe: Probe, feature: str, *, repeats: int, random: np.random.Generator
) -> Importance | None:
    values = probe.columns[feature]
    shuffled = (values[random.permutation(len(values))] for _ in range(repeats))
    drops = [probe.drop(probe.answers_with(feature, column)) for column in shuffled]
    known = [drop for drop in drops if drop is not None]
    if not known:
        return None
    return Importance(
        feature=feature, drop=float(np.mean(known)), low=min(known), high=max(known), repeats=len(known)
    )
