"""Evidence for each task: everything measured, or only what every report has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, sha
from tideline.card.evidence import Evidence
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Task
from tideline.domain.evaluation.groups.fairness import FairnessFinding, GroupRate
from tideline.domain.evaluation.groups.slices import SliceFinding, SliceReport
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inspection.findings import (
    Calibration,
    Importance,
    Inspection,
    Latency,
    LeakageSuspect,
    ReliabilityBin,
    Sensitivity,
)
from tideline.domain.evaluation.parity import Parity
from tideline.domain.evaluation.report import BootstrapPlan, ChampionReport, EvaluationReport, FloorReport
from tideline.domain.evaluation.verdict.checks import ChampionCheck, FloorCheck, MinimumCheck, NoChampion
from tideline.domain.evaluation.verdict.gate import Decision, Verdict
from tideline.domain.ledger.entry import Decision as Decided
from tideline.domain.ledger.entry import DecisionKind, LedgerEntry, LedgerHead, chain
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.deployment import signature
from tideline.domain.release.manifest import Manifest, ManifestBatch
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import RunOrder, TrialResult

CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("low", "middle", "high"),
    "regression": (),
}
TASK_TOKEN = "wakes-the-workflow"  # a secret that no card may show
APPROVER = "arn:aws:iam::123456789012:user/ada"


class EmptyLedger:
    """`tideline.ports.Ledger` of models about which nothing was entered."""

    def head(self, model: str) -> LedgerHead:
        return LedgerHead()

    def entries(self, model: str) -> Sequence[LedgerEntry]:
        return []


def interval(estimate: float, *, half: float = 0.02, rows: int = 400) -> Interval:
    """Return an interval, symmetric about its estimate."""
    return Interval(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        confidence=0.95,
        resamples=2000,
        rows=rows,
    )


def model_spec(task: Task, *, feature: str = "plan", **fields: Any) -> ModelSpec:
    """Return a spec with a number, a category and a feature without rules."""
    base: dict[str, Any] = {
        "model": MODEL,
        "task": task,
        "target": "spent" if task == "regression" else "churned",
        "features": {
            "age": {"type": "number", "min": 0, "max": 120},
            feature: {"type": "category", "values": ["monthly", "yearly"]},
            "notes": {"type": "category", "required": False},
        },
        "evaluation": {"minimum": 0.5, "slices": [feature]},
    }
    return ModelSpec.model_validate(base | fields)


def evidence(
    task: Task = "binary",
    *,
    whole: bool = True,
    feature: str = "plan",
    object_key: str = "churn/data/a.csv",
    decision: Decision = Decision.PROMOTE,
    **fields: Any,
) -> Evidence:
    """Return evidence of version 2.

    Args:
        task: What is learnt.
        whole: Whether there is a champion, slices, fairness, an inspection, an approval and a ledger.
        feature: Name of the category.
        object_key: Of the one batch.
        decision: What the gate said.
        fields: Come on top of the evidence's own.
    """
    spec = model_spec(task, feature=feature)
    report = make_report(spec, whole=whole, decision=decision)
    version = make_version(report)
    base: dict[str, Any] = {
        "spec": spec,
        "report": report,
        "version": version,
        "manifest": make_manifest(spec, version, object_key=object_key),
    }
    if whole:
        base |= {
            "latency": Latency(calls=100, p50_us=41.5, p99_us=90.25),
            "approval": make_approval(version),
            "ledger": make_ledger(),
        }
    return Evidence(**(base | fields))


def make_report(spec: ModelSpec, *, whole: bool, decision: Decision = Decision.PROMOTE) -> EvaluationReport:
    metric, classes = spec.metric, CLASSES[spec.task]
    minimum = 0.5 if decision is Decision.PROMOTE else 0.95
    compared = (
        ChampionCheck(
            metric=metric,
            version=1,
            candidate=0.8,
            champion=0.78,
            difference=interval(0.02, half=0.01),
            hypothesis="non_inferiority",
            margin=0.005,
        )
        if whole
        else NoChampion()
    )
    champion = ChampionReport(
        version=1,
        sha256=sha("champion"),
        metrics={metric: interval(0.78)},
        differences={metric: interval(0.02, half=0.01)},
        missing_features=(),
    )
    return EvaluationReport(
        order=RunOrder(model=MODEL, run_id="churn-d1-s1", spec_version=1, dataset_version=1, seed=7),
        artifact_sha256=sha("artifact 2"),
        metric=metric,
        decisive=interval(0.8),
        rows=400,
        class_rows=dict(zip(classes, (250, 90, 60), strict=False)) or None,
        candidate={metric: interval(0.8), "accuracy" if classes else "r2": None},
        champion=champion if whole else None,
        floor=FloorReport(answer=(0.5,), value=0.5),
        parity=Parity(largest_difference=1e-7, allowed=1e-4, rows=400),
        bootstrap=BootstrapPlan(
            strata="class" if classes else "none", resamples=2000, confidence=0.95, seed=7
        ),
        slices=make_slices(spec) if whole else None,
        fairness=make_fairness(spec) if whole else (),
        inspection=make_inspection(spec) if whole else None,
        verdict=Verdict(
            decision=decision,
            checks=(
                FloorCheck(metric=metric, candidate=0.8, floor=0.5, gain=interval(0.3)),
                MinimumCheck(metric=metric, candidate=interval(0.8), minimum=minimum),
                compared,
            ),
        ),
    )


def make_slices(spec: ModelSpec) -> SliceReport:
    def found(name: str, difference: float, *, blocks: bool = False) -> SliceFinding:
        return SliceFinding(
            name=name,
            where={"plan": name},
            rows=150,
            candidate=interval(0.8),
            champion=interval(0.8 - difference),
            difference=interval(difference),
            p_value=0.001 if blocks else 0.6,
            p_adjusted=0.002 if blocks else 1.0,
            blocks=blocks,
            unjudged=None,
        )

    silent = found("plan = none", 0.0).model_copy(
        update={"difference": None, "champion": None, "candidate": None, "unjudged": "only one class"}
    )
    return SliceReport(
        metric=spec.metric,
        alpha=0.05,
        margin=0.005,
        min_rows=100,
        slices=(found("plan = monthly", 0.03), silent, found("plan = yearly", -0.06, blocks=True)),
        too_small=3,
    )


def make_fairness(spec: ModelSpec) -> tuple[FairnessFinding, ...]:
    rates = (("Female", 0.5, None), ("Male", 0.7, None), ("Other", 0.6, "fewer than 100 rows"))
    return (
        FairnessFinding(
            attribute="sex",
            metric="mean_error" if spec.task == "regression" else "true_positive_rate",
            groups=tuple(
                GroupRate(group=group, rows=80, rate=interval(rate), unjudged=why)
                for group, rate, why in rates
            ),
            gap=interval(0.2),
            highest="Male",
            lowest="Female",
            max_gap=0.1,
        ),
    )


def make_inspection(spec: ModelSpec) -> Inspection:
    bins = tuple(
        ReliabilityBin(low=low, high=low + 0.5, rows=200, predicted=low + 0.2, observed=interval(low + 0.25))
        for low in (0.0, 0.5)
    )
    labels = CLASSES[spec.task][-1:] if spec.task == "binary" else CLASSES[spec.task]
    names = list(spec.features)
    return Inspection(
        calibration=tuple(
            Calibration(label=one, bins=bins, expected_calibration_error=0.03) for one in labels
        ),
        importance=tuple(
            Importance(feature=name, drop=0.1 / place, low=0.08 / place, high=0.12 / place, repeats=5)
            for place, name in enumerate(names, 1)
        ),
        sensitivity=tuple(
            Sensitivity(feature=name, kind="missing", mean_change=0.05, drop=0.01) for name in names
        ),
        leakage_suspects=(LeakageSuspect(feature="age", metric=spec.metric, value=0.99, threshold=0.98),),
        overlap_rows=4,
        size_bytes=2048,
        warnings=("age alone nearly determines the target.",),
    )


def make_version(report: EvaluationReport) -> ModelVersion:
    promoted = report.verdict.decision is Decision.PROMOTE
    return ModelVersion(
        model=MODEL,
        number=2,
        state=VersionState.CANDIDATE if promoted else VersionState.REJECTED,
        sha256=report.artifact_sha256,
        run_id=report.order.run_id,
        spec_version=1,
        dataset_version=1,
        trainer="linear",
        evaluation=report.summary(sha256=sha("report")),
        size_bytes=2048,
        created_at=START,
    )


def make_manifest(
    spec: ModelSpec, version: ModelVersion, *, object_key: str = "churn/data/a.csv"
) -> Manifest:
    return Manifest(
        model=MODEL,
        version=version.number,
        run_id=version.run_id,
        artifact_sha256=version.sha256,
        size_bytes=version.size_bytes,
        signature=signature(spec, classes=CLASSES[spec.task]),
        spec_version=1,
        spec_sha256=spec.sha256,
        dataset_version=1,
        dataset_sha256=sha("data"),
        batches=(
            ManifestBatch(
                number=1,
                sha256=sha("parquet"),
                source_sha256=sha("csv"),
                object_key=object_key,
                object_version="v1",
                rows=2000,
            ),
        ),
        trainer="linear",
        parameters={"l2": 0.123456},
        rounds=3,
        seed=7,
        trials=(
            TrialResult(index=0, trainer="linear", parameters={"l2": 0.1}, score=0.8, rounds=3, seconds=1.0),
        ),
        evaluation=version.evaluation,
        library_versions={"numpy": "2"},
        code_sha256=sha("code"),
        created_at=START,
    )


def make_approval(version: ModelVersion) -> Approval:
    return Approval(
        request=ApprovalRequest(
            model=MODEL,
            version=version.number,
            release_id="churn-v2-0a1b2c3d4e5f",
            artifact_sha256=version.sha256,
            report_sha256=version.evaluation.report_sha256,
            requesters=("arn:aws:iam::123456789012:user/grace",),
            requested_at=START,
            expires_at=START,
            task_token=TASK_TOKEN,
        ),
        decision=ApprovalDecision(decision="approve", approver=APPROVER, comment="looked at it", at=START),
    )


def make_ledger() -> tuple[LedgerEntry, ...]:
    """Return two entries about version 2 and one about another."""
    entries: list[LedgerEntry] = []
    for subject in ("version 1", "run churn-d1-s1", "version 2"):
        before = entries[-1:]
        head = LedgerHead(number=before[0].number, sha256=before[0].sha256) if before else LedgerHead()
        told = Decided(
            kind=DecisionKind.VERDICT,
            subject=subject,
            at=START,
            by="evaluate_model",
            facts={"of": sha(subject)},
        )
        entries.append(chain(MODEL, told, head=head))
    return tuple(entries)
