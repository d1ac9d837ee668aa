"""Training a version again: the same bytes, or how far apart the two are and what has changed since."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tideline.domain.release.capsule import Capsule, Surroundings, surroundings_of
from tideline.domain.training.run import Evaluated, FittedModel, RunOrder, TrialResult
from tideline.domain.value import Value

# The default of evaluation.margin: what the gate, too, takes as no worse.
DEFAULT_TOLERANCE = 0.005


class ReproductionOrder(Value):
    """Input of the reproduction workflow.

    Attributes:
        order: As the version's own, under a name of its own.
        results: The trial that was chosen, alone: there is nothing left to choose.
        expected_sha256: Of the artifact; only where it comes out otherwise is it evaluated.
    """

    order: RunOrder
    results: tuple[TrialResult, ...]
    expected_sha256: str


class Reproduced(Value):
    """What the reproduction workflow hands back; without an evaluation where the artifact is the same."""

    fitted: FittedModel
    evaluation: Evaluated | None = None


class Change(Value):
    """Something of the surroundings that is not what it was; "" where it was or is not there."""

    what: str
    then: str
    now: str


class MetricChange(Value):
    """A metric on the same held-out rows, then and now; None where it means nothing on them."""

    name: str
    then: float | None
    now: float | None
    within: bool


class Comparison(Value):
    """A version and its reproduction, side by side.

    Attributes:
        metrics: Empty where the artifact is the same: it would answer the same.
        changes: What may explain a difference.
        tolerance: Up to which metrics count as the same, relative and absolute.
    """

    expected_sha256: str
    sha256: str
    metrics: tuple[MetricChange, ...] = ()
    changes: tuple[Change, ...] = ()
    tolerance: float = DEFAULT_TOLERANCE

    @property
    def identical(self) -> bool:
        """Whether the two artifacts are the same, bit for bit."""
        return self.sha256 == self.expected_sha256

    @property
    def within_tolerance(self) -> bool:
        """Whether the two are the same, or measure the same."""
        return self.identical or (bool(self.metrics) and all(metric.within for metric in self.metrics))


def reproduction_order(capsule: Capsule, *, name: str) -> ReproductionOrder:
    """Return what is to be done to train a version again under a name."""
    return ReproductionOrder(
        order=capsule.order.model_copy(update={"run_id": name}),
        results=(capsule.trial,),
        expected_sha256=capsule.artifact_sha256,
    )


def compare(
    capsule: Capsule,
    fitted: FittedModel,
    *,
    then: Mapping[str, float | None],
    now: Mapping[str, float | None],
    tolerance: float = DEFAULT_TOLERANCE,
) -> Comparison:
    """Compare a version with its reproduction.

    Args:
        capsule: Of the version.
        fitted: What training again gave.
        then: Metrics of the version on the holdout.
        now: Metrics of the reproduction on the same rows; empty where the artifact is the same.
        tolerance: Up to which a metric counts as the same: times its size where that is above 1.
    """
    names = list(dict.fromkeys((*then, *now))) if now else []
    return Comparison(
        expected_sha256=capsule.artifact_sha256,
        sha256=fitted.sha256,
        metrics=tuple(_metric(name, then.get(name), now.get(name), tolerance) for name in names),
        changes=tuple(surroundings_changes(capsule.surroundings, surroundings_of(fitted))),
        tolerance=tolerance,
    )


def surroundings_changes(then: Surroundings, now: Surroundings) -> Iterator[Change]:
    """Yield what is not what it was: code and locks first, then platform, then libraries by name."""
    yield from _changes({"code": then.code_sha256}, {"code": now.code_sha256})
    yield from _changes({"locked versions": then.lock_sha256}, {"locked versions": now.lock_sha256})
    yield from _changes(then.platform, now.platform)
    yield from _changes(then.libraries, now.libraries)


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted({*then, *now}):
        before, after = then.get(name, ""), now.get(name, "")
        if before != after:
            yield Change(what=name, then=before, now=after)


def _metric(name: str, then: float | None, now: float | None, tolerance: float) -> MetricChange:
    if then is None or now is None:
        within = then is now
    else:
        within = math.isclose(then, now, rel_tol=tolerance, abs_tol=tolerance)
    return MetricChange(name=name, then=then, now=now, within=within)
