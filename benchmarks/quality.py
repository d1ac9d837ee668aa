"""Estimated quality against the truth that came later: mean error and how often intervals held it, as tables.

    PYTHONPATH=functions python -m benchmarks.quality [--data ../shared/data] [--nannyml ENV/bin/python]

Chunks of rows in order of time are estimated without labels, then measured with them:

- california-housing: another model's probabilities (two decimals); `reference.csv` calibrates, `analysis.csv`
  is estimated, `analysis_gt.csv` judges.
- electricity: LightGBM learns from the first half of the rows, the next fifth calibrates, the rest is
  estimated. In most of that half three of the features never change.
- electricity, shuffled: the same with the other half in random order, where nothing changes over time.
- bike-sharing: as electricity, for a regression, whose loss is learnt from the fifth in between.

Beside each estimate stands the simplest one, that nothing has changed: the metric of the calibration rows.
NannyML's CBPE is measured on the same arrays where an interpreter that has it is given. Its bounds are three
standard deviations of sampling about its estimate; ours are 95 % and hold the calibration's error as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cli.local.places import ROOT
from tideline.domain.contract.spec import METRICS
from tideline.domain.encoding import Task
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.domain.monitoring.counting.columns import count_scores
from tideline.domain.monitoring.counting.counts import NumberCounts, OutputCounts, WindowCounts
from tideline.domain.monitoring.estimation.calibration import calibrate
from tideline.domain.monitoring.estimation.estimate import estimate_quality
from tideline.domain.monitoring.estimation.loss_fitting import LossColumn, fit_loss
from tideline.domain.monitoring.estimation.reference_bins import bins_of, row_bins
from tideline.domain.monitoring.estimation.row_losses import loss_of, row_losses
from tideline.domain.monitoring.record import QualityEstimate
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import NumberProfile, profile_numbers

Floats = NDArray[np.float32]
DATA = Path(os.environ.get("TIDELINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
PEER = ROOT / "benchmarks" / "drift_peers" / "nannyml_cbpe.py"
CHUNK_ROWS = {"binary": 1_000, "regression": 500}
CLASSES = ("no", "yes")
HEADS = (
    "metric",
    "at calibration",
    "later, lowest to highest",
    "mean error",
    "where trusted",
    "no change",
    "NannyML",
    "95 % interval held",
    "NannyML's bounds",
    "drops told / true",
    "trusted",
)
CONFIDENCE, MARGIN = 0.95, 0.005
TRAINED, CALIBRATED = 0.5, 0.7


@dataclass(frozen=True)
class Rows:
    """Rows in order of time: features by name, outcomes and raw outputs."""

    columns: Mapping[str, Floats]
    y: Floats
    raw: Floats

    def part(self, rows: slice) -> Rows:
        """Return some of the rows."""
        return Rows({name: one[rows] for name, one in self.columns.items()}, self.y[rows], self.raw[rows])

    def chunks(self, size: int) -> list[Rows]:
        """Return whole chunks; what is left over is not estimated."""
        return [self.part(slice(start, start + size)) for start in range(0, len(self.y) - size + 1, size)]


@dataclass(frozen=True)
class Case:
    """A data set: what calibrates, and what is estimated."""

    name: str
    task: Task
    reference: Rows
    live: Rows

    def truth(self, rows: Rows, metric: str) -> float:
        """Return the metric on rows, with their labels."""
        statistic = metric_statistics(self.task, y=rows.y, raw=rows.raw)[metric]
        return evaluate(statistic, rows=len(rows.y))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--nannyml", type=Path, help="an interpreter that has NannyML")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"the shared data sets are not on this machine: no {options.data}")
        return
    for case in (california(options.data), *electricity(options.data), bikes(options.data)):
        peer = ask_nannyml(options.nannyml, case) if options.nannyml and case.task == "binary" else {}
        print("\n".join(table(case, peer)), flush=True)


def california(data: Path) -> Case:
    folder = data / "california-housing"
    first, later = (pd.read_csv(folder / f"{name}.csv") for name in ("reference", "analysis"))
    later = later.merge(pd.read_csv(folder / "analysis_gt.csv"), on="id", validate="one_to_one")
    return Case("california-housing", "binary", _scored(first), _scored(later))


def _scored(frame: pd.DataFrame) -> Rows:
    frame = frame.sort_values("timestamp", kind="stable")
    p = frame["y_pred_proba"].to_numpy(np.float32)
    names = [name for name in frame if name[0].isupper()]
    columns = {name: frame[name].to_numpy(np.float32) for name in names}
    return Rows(columns, frame["clf_target"].to_numpy(np.float32), np.column_stack([1 - p, p]))


def electricity(data: Path) -> tuple[Case, Case]:
    frame = pd.read_csv(data / "electricity" / "elec.csv")
    rows = _learnt(frame.drop(columns="class"), frame["class"].to_numpy(np.float32), objective="binary")
    trained = int(TRAINED * len(rows.y))
    order = np.concatenate(
        [np.arange(trained), trained + np.random.default_rng(1).permutation(len(rows.y) - trained)]
    )
    shuffled = Rows({name: one[order] for name, one in rows.columns.items()}, rows.y[order], rows.raw[order])
    return _split("electricity", "binary", rows), _split("electricity, shuffled", "binary", shuffled)


def bikes(data: Path) -> Case:
    frame = pd.read_csv(data / "bike-sharing" / "hour.csv")
    features = frame.drop(columns=["cnt", "casual", "registered"]).select_dtypes("number")
    rows = _learnt(features, frame["cnt"].to_numpy(np.float32), objective="regression")
    return _split("bike-sharing", "regression", rows)


def _learnt(features: pd.DataFrame, y: Floats, *, objective: str) -> Rows:
    """Learn from the first rows and answer all."""
    x, trained = features.to_numpy(np.float32), int(TRAINED * len(y))
    settings = {"objective": objective, "verbosity": -1, "seed": 1, "num_threads": 1, "deterministic": True}
    booster = lightgbm.train(settings, lightgbm.Dataset(x[:trained], y[:trained]), num_boost_round=100)
    answers = np.asarray(booster.predict(x), dtype=np.float32)
    raw = answers[:, None] if objective == "regression" else np.column_stack([1 - answers, answers])
    return Rows({name: x[:, place] for place, name in enumerate(features)}, y, raw)


def _split(name: str, task: Task, rows: Rows) -> Case:
    trained, calibrated = (int(share * len(rows.y)) for share in (TRAINED, CALIBRATED))
    return Case(name, task, rows.part(slice(trained, calibrated)), rows.part(slice(calibrated, None)))


def table(case: Case, peer: Mapping[str, Any]) -> Iterator[str]:
    """Yield a row a metric."""
    chunks, rows = case.live.chunks(CHUNK_ROWS[case.task]), len(case.reference.y)
    yield f"\n{case.name}: {rows:,} rows calibrate, {len(chunks)} chunks of {CHUNK_ROWS[case.task]:,}\n"
    yield f"| {' | '.join(HEADS)} |"
    yield f"| --- {'| ---: ' * (len(HEADS) - 1)}|"
    for metric in METRICS[case.task]:
        reference = made_reference(case, metric)
        found = [estimated(case, chunk, reference) for chunk in chunks]
        yield _row(case, metric, found, np.array([case.truth(chunk, metric) for chunk in chunks]), peer)


def _row(
    case: Case, metric: str, found: list[QualityEstimate], truth: NDArray[np.float64], peer: Mapping[str, Any]
) -> str:
    then = case.truth(case.reference, metric)
    low, value, high = (
        np.array([getattr(one.estimate, name) for one in found]) for name in ("low", "estimate", "high")
    )
    theirs, theirs_held = ("", "")
    if metric in peer:
        estimate, below, above = (np.array(one) for one in peer[metric])
        theirs, theirs_held = _number(np.abs(estimate - truth).mean()), _share(within(below, truth, above))
    fell, trusted = truth < then - MARGIN, np.array([one.trusted for one in found])
    missed = np.abs(value - truth)
    return (
        f"| {metric} | {_number(then)} | {_number(truth.min())} to {_number(truth.max())}"
        f" | {_number(missed.mean())} | {_number(missed[trusted].mean()) if trusted.any() else ''}"
        f" | {_number(np.abs(then - truth).mean())} | {theirs}"
        f" | {_share(within(low, truth, high))} | {theirs_held}"
        f" | {sum(one.dropped for one in found)} / {fell.sum()} | {_share(trusted)} |"
    )


def within(low: Any, truth: Any, high: Any) -> Any:
    return (low <= truth) & (truth <= high)


def _share(flags: Any) -> str:
    return f"{np.mean(flags):.0%}"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"


def made_reference(case: Case, metric: str) -> MonitoringReference:
    rows, is_binary = case.reference, case.task == "binary"
    quality = case.truth(rows, metric)
    profiles = {name: profile_numbers(column) for name, column in rows.columns.items()}
    value = None if is_binary else profile_numbers(rows.raw[:, 0])
    loss = loss_of(case.task, metric)
    return MonitoringReference(
        model="benchmark",
        run_id="",
        artifact_sha256="",
        task=case.task,
        classes=CLASSES if is_binary else (),
        metric=metric,
        rows=len(rows.y),
        features=profiles,
        outputs=_outputs(rows) if is_binary else {},
        value=value,
        quality=Interval(
            estimate=quality, low=quality, high=quality, confidence=CONFIDENCE, resamples=0, rows=len(rows.y)
        ),
        calibration={name: calibrate(rows.raw[:, k], rows.y == k) for k, name in enumerate(CLASSES)}
        if is_binary
        else {},
        loss=None
        if is_binary
        else fit_loss(
            loss,
            row_losses(loss, y=rows.y, raw=rows.raw),
            features={name: LossColumn(rows.columns[name], profile) for name, profile in profiles.items()},
            answer=LossColumn(rows.raw[:, 0], value) if value else None,
        ),
    )


def estimated(case: Case, rows: Rows, reference: MonitoringReference) -> QualityEstimate:
    counts = WindowCounts(
        model="benchmark",
        version=1,
        rows=len(rows.y),
        features={name: _numbers(rows.columns[name], reference.features[name]) for name in rows.columns},
        outputs=_outputs(rows) if case.task == "binary" else {},
        value=_numbers(rows.raw[:, 0], reference.value) if reference.value else None,
    )
    found = estimate_quality(counts, reference, margin=MARGIN, min_rows=500, confidence=CONFIDENCE)
    assert found is not None
    return found


def _outputs(rows: Rows) -> dict[str, OutputCounts]:
    named = named_class("binary", rows.raw)
    return {name: count_scores(rows.raw[:, k], named == k) for k, name in enumerate(CLASSES)}


def _numbers(values: Floats, profile: Any) -> NumberCounts:
    assert isinstance(profile, NumberProfile)
    counts = np.bincount(row_bins(values, profile), minlength=bins_of(profile) + 2)
    low, high = (np.inf if bound is None else bound for bound in (profile.min, profile.max))
    return NumberCounts(
        missing=int(counts[-1]),
        below=int((values < low).sum()),
        above=int((values > high).sum()),
        counts=tuple(counts[:-2].tolist()),
    )


def ask_nannyml(interpreter: Path, case: Case) -> Mapping[str, Any]:
    size = CHUNK_ROWS[case.task]
    live = case.live.part(slice(0, len(case.live.y) // size * size))
    arrays = {
        "y": case.reference.y,
        "p": case.reference.raw[:, 1],
        "named": named_class("binary", case.reference.raw),
        "live_p": live.raw[:, 1],
        "live_named": named_class("binary", live.raw),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.npz"
        np.savez(path, **arrays)
        command = [str(interpreter), str(PEER), str(path), str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    main()
