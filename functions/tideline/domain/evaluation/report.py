"""The evaluation of a candidate: everything measured on the holdout, and the verdict, as one report."""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.groups.fairness import FairnessFinding
from tideline.domain.evaluation.groups.slices import SliceReport
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inspection.findings import Inspection
from tideline.domain.evaluation.parity import Parity
from tideline.domain.evaluation.verdict.gate import Verdict
from tideline.domain.training.run import Evaluated, RunOrder
from tideline.domain.value import Value

# None where a metric means nothing on these rows, such as ROC AUC over one class.
MetricIntervals = dict[str, Interval | None]


class BootstrapPlan(Value):
    """How intervals were made, enough to make them again.

    Attributes:
        method: Of a metric's interval.
        differences: Of a paired difference's: the wider of both on each side.
    """

    method: Literal["bca"] = "bca"
    differences: Literal["bca and studentized"] = "bca and studentized"
    strata: Literal["class", "none"]
    resamples: int
    confidence: float
    seed: int


class ChampionReport(Value):
    """The live version on the same rows; differences are candidate minus champion, paired.

    Attributes:
        missing_features: Features it takes that the holdout does not have; they were passed as missing.
    """

    version: int
    sha256: str
    metrics: MetricIntervals
    differences: MetricIntervals
    missing_features: tuple[str, ...]


class FloorReport(Value):
    """The best constant answer on the same rows, by the metric that decides."""

    answer: tuple[float, ...]
    value: float


class EvaluationReport(Value):
    """The whole evaluation; the same inputs give the same JSON, whose SHA-256 stands for it.

    Attributes:
        metric: The one that decides.
        decisive: The candidate's value by it.
        class_rows: Rows of each class on the holdout, None for regression.
        slices: None where the spec declares none.
        inspection: None where the model itself was not looked at.
    """

    schema_version: Literal[2] = 2
    order: RunOrder
    artifact_sha256: str
    metric: str
    decisive: Interval
    rows: int
    class_rows: dict[str, int] | None
    candidate: MetricIntervals
    champion: ChampionReport | None
    floor: FloorReport
    parity: Parity
    bootstrap: BootstrapPlan
    slices: SliceReport | None = None
    fairness: tuple[FairnessFinding, ...] = ()
    inspection: Inspection | None = None
    verdict: Verdict

    def to_json(self) -> bytes:
        """Return the report as it is stored."""
        return self.model_dump_json(indent=2).encode()

    def summary(self, *, sha256: str) -> Evaluated:
        """Return what travels through the workflow, with the hash of the stored report."""
        champion = self.champion.metrics[self.metric] if self.champion else None
        return Evaluated(
            verdict=self.verdict.decision,
            reasons=self.verdict.reasons,
            metric=self.metric,
            candidate=self.decisive.estimate,
            champion=champion.estimate if champion else None,
            report_sha256=sha256,
        )
