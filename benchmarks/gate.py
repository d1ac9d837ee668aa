"""Whether the gate keeps its promises: rates of wrong verdicts and power, by simulation, as Markdown tables.

    PYTHONPATH=functions python -m benchmarks.gate [--seeds 1000] [--resamples 1000] [--parts whole,slices]

Every trial draws a holdout and the scores of a champion and of candidates whose true metrics are known in
closed form: a score is what all models see of a row (normal, shifted by 1.5 for positives) plus an error of
the model's own, correlated 0.8 between models; so the scores of two models correlate about 0.93, as those of
two trainings of one model do. The checks are the gate's own. On whole holdouts resamples are half as many as
it draws, which makes bounds noisier and so wrong verdicts no rarer. The rates have Clopper-Pearson intervals
at 95 %; alpha is 2.5 %, one-sided. Set OPENBLAS_NUM_THREADS=1: the products are too small to share.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from tideline.domain.evaluation.groups.slice_judging import SliceRules, judge_slices
from tideline.domain.evaluation.groups.slices import SliceReport
from tideline.domain.evaluation.groups.slicing import slice_rows
from tideline.domain.evaluation.inference.bootstrap import Replicates, replicate
from tideline.domain.evaluation.inference.comparison import Contest
from tideline.domain.evaluation.inference.paired import Pair
from tideline.domain.evaluation.measures.metrics import metric_statistics
from tideline.domain.evaluation.verdict.checks import ChampionCheck, Hypothesis

Floats = NDArray[np.float64]
NORMAL = NormalDist()
CONFIDENCE = 0.95
METRICS = ("roc_auc", "accuracy")
SHIFT, SHARED = 1.5, 0.8
# The threshold on a score of unit variance that answers yes to about as many rows as are positive.
THRESHOLD = 1.0
CHAMPION_NOISE = 0.7
# ROC AUC that a better candidate has more.
GAINS = (0.01, 0.03)
# Rows, and the share of them that is positive; the second has fewer positives than the gate judges.
SIZES = ((100, 0.25), (200, 0.1), (300, 0.25), (1000, 0.25))
SHARE = 0.25
MARGINS = (0.005, 0.01, 0.03)


@dataclass(frozen=True)
class Model:
    """A scorer by the standard deviation of its own error; smaller is better."""

    noise: float

    @property
    def signal(self) -> float:
        """How far apart the classes' scores lie, in their own standard deviations."""
        return float(SHIFT / np.hypot(1, self.noise))

    def truth(self, metric: str, *, share: float = SHARE) -> float:
        """Return the metric on infinitely many rows."""
        if metric == "roc_auc":
            return NORMAL.cdf(self.signal / 2**0.5)
        right = (1 - NORMAL.cdf(THRESHOLD - self.signal), NORMAL.cdf(THRESHOLD))
        return share * right[0] + (1 - share) * right[1]

    @classmethod
    def better_by(cls, gain: float) -> Model:
        """Return the model whose ROC AUC is the champion's and `gain`."""
        signal = 2**0.5 * NORMAL.inv_cdf(Model(CHAMPION_NOISE).truth("roc_auc") + gain)
        return cls(noise=float(np.sqrt((SHIFT / signal) ** 2 - 1)))


CHAMPION = Model(CHAMPION_NOISE)


@dataclass(frozen=True)
class Rows:
    """A drawn holdout: classes, what every model sees, and the part of the errors that all share."""

    y: Floats
    seen: Floats
    shared: Floats

    @classmethod
    def draw(cls, random: np.random.Generator, *, rows: int, share: float = SHARE) -> Rows:
        """Draw rows of which exactly that share is positive."""
        y = random.permutation((np.arange(rows) < round(share * rows)).astype(float))
        return cls(y, random.normal(size=rows) + SHIFT * y, random.normal(size=rows))

    def answers(self, noise: Any, random: np.random.Generator) -> Floats:
        """Return a model's probabilities, shape ``(n, 2)``; `noise` is one number, or one a row."""
        own = SHARED**0.5 * self.shared + (1 - SHARED) ** 0.5 * random.normal(size=len(self.y))
        score = (self.seen + noise * own) / np.hypot(1, noise)
        positive = 1 / (1 + np.exp(-2 * (score - THRESHOLD)))
        return np.column_stack([1 - positive, positive])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--parts", default="whole,slices")
    options = parser.parse_args()
    if "whole" in options.parts:
        for rows, share in SIZES:
            print("\n".join(whole(rows, share, options)), flush=True)
    if "slices" in options.parts:
        for line in sliced(options):
            print(line, flush=True)


def whole(rows: int, share: float, options: argparse.Namespace) -> Iterator[str]:
    """Yield a table of verdicts on whole holdouts of one size."""
    models = {"champion": CHAMPION, "equal": CHAMPION}
    models |= {f"better by {gain:g}": Model.better_by(gain) for gain in GAINS}
    counts: Counter[tuple[str, str]] = Counter()
    for seed in range(options.seeds):
        counts.update(_verdicts(models, rows=rows, share=share, seed=seed, resamples=options.resamples))
    yield f"\n### {rows:,} holdout rows, {round(share * rows)} positive\n"
    yield "| question, and what is true | expected | " + " | ".join(METRICS) + " |"
    yield "| --- | --- |" + " ---: |" * len(METRICS)
    for row, expected in _rows_of_table(models):
        cells = [
            rate(counts[row, metric], options.seeds) + _gain(row, models, metric, share) for metric in METRICS
        ]
        yield f"| {row} | {expected} | {' | '.join(cells)} |"


def _rows_of_table(models: dict[str, Model]) -> Iterator[tuple[str, str]]:
    yield "superior: equal", "at most 2.5 %"
    better = [name for name in models if name.startswith("better")]
    for name in better:
        yield f"no worse: worse by the margin ({name}, swapped)", "at most 2.5 %"
    for name in better:
        yield f"superior: {name}", "power"
    for margin in MARGINS:
        yield f"no worse by {margin:g}: equal", "power"


def _verdicts(
    models: dict[str, Model], *, rows: int, share: float, seed: int, resamples: int
) -> Iterator[tuple[str, str]]:
    """Yield (row of the table, metric) for every check that a seed's candidates pass."""
    random = np.random.default_rng([rows, seed])
    drawn = Rows.draw(random, rows=rows, share=share)
    raws = {name: drawn.answers(model.noise, random) for name, model in models.items()}
    statistics = {
        (name, metric): metric_statistics("binary", y=drawn.y, raw=raw)[metric]
        for name, raw in raws.items()
        for metric in METRICS
    }
    found = replicate(statistics, strata=drawn.y.astype(np.intp), seed=seed, resamples=resamples)
    for metric in METRICS:
        ask = partial(_passes, raws, found, metric=metric, y=drawn.y)
        for name, model in models.items():
            if name != "champion" and ask(name, "champion", hypothesis="superiority"):
                yield f"superior: {name}", metric
            margin = model.truth(metric, share=share) - CHAMPION.truth(metric, share=share)
            if name.startswith("better") and ask("champion", name, margin=margin):
                yield f"no worse: worse by the margin ({name}, swapped)", metric
        for margin in MARGINS:
            if ask("equal", "champion", margin=margin):
                yield f"no worse by {margin:g}: equal", metric


def _passes(
    raws: dict[str, Floats],
    found: dict[tuple[str, str], Replicates],
    first: str,
    second: str,
    *,
    metric: str,
    y: Floats,
    hypothesis: Hypothesis = "non_inferiority",
    margin: float = 0.0,
) -> bool:
    ours, theirs = found[first, metric], found[second, metric]
    pair = Pair("binary", y, raws[first], raws[second])
    difference = pair.interval(ours.minus(theirs), metric=metric, confidence=CONFIDENCE)
    if difference is None:
        return False
    check = ChampionCheck(
        metric=metric,
        version=1,
        candidate=ours.estimate,
        champion=theirs.estimate,
        difference=difference,
        hypothesis=hypothesis,
        margin=margin,
    )
    return check.outcome == "passed"


def _gain(row: str, models: dict[str, Model], metric: str, share: float) -> str:
    """Say by how much the better of two models is better in truth."""
    told = next((model for name, model in models.items() if name.startswith("better") and name in row), None)
    if told is None:
        return ""
    return f", truly by {told.truth(metric, share=share) - CHAMPION.truth(metric, share=share):.4f}"


def sliced(options: argparse.Namespace) -> Iterator[str]:
    """Yield a table of how often slices block: of equal models, and of one made worse on one slice."""
    few = max(1, options.seeds // 10)
    yield "\n### Slices: two features of 2 and 3 values, all pairs (11 slices), Holm at 2.5 %\n"
    yield "| what is true | expected | metric | seeds | found |"
    yield "| --- | --- | --- | ---: | ---: |"
    for metric in METRICS:
        wrong = sum(bool(_significant(_slices(400, metric, seed))) for seed in range(options.seeds))
        what = "equal models, 400 rows: any slice is called worse"
        yield f"| {what} | at most 2.5 % | {metric} | {options.seeds} | {rate(wrong, options.seeds)} |"
    for rows in (1000, 4000):
        for worse in (1.5, 3.0):
            hits = sum(WORSE in _significant(_slices(rows, "roc_auc", seed, worse)) for seed in range(few))
            lost = CHAMPION.truth("roc_auc") - Model(worse).truth("roc_auc")
            what = f"worse by {lost:.3f} on a sixth of {rows:,} rows: that slice is named"
            yield f"| {what} | power | roc_auc | {few} | {rate(hits, few)} |"


WORSE = "a = 0, b = 0"


def _slices(rows: int, metric: str, seed: int, worse: float = CHAMPION_NOISE) -> SliceReport:
    random = np.random.default_rng([rows, seed, 1])
    drawn = Rows.draw(random, rows=rows)
    columns = {
        "a": random.integers(2, size=rows).astype(np.str_),
        "b": random.integers(3, size=rows).astype(np.str_),
    }
    hurt = (columns["a"] == "0") & (columns["b"] == "0")
    contest = Contest(
        task="binary",
        y=drawn.y,
        candidate=drawn.answers(np.where(hurt, worse, CHAMPION_NOISE), random),
        champion=drawn.answers(CHAMPION_NOISE, random),
        constant=np.array([1.0, 0.0]),
    )
    rules = SliceRules(
        metric=metric, margin=0.0, confidence=CONFIDENCE, min_rows=40, seed=seed, classes=("no", "yes")
    )
    return judge_slices(contest, slice_rows(columns, ("a", "b"), min_rows=40), rules=rules)


def _significant(report: SliceReport) -> set[str]:
    return {found.name for found in report.slices if found.blocks}


def rate(count: int, trials: int) -> str:
    """Write a rate with its Clopper-Pearson interval."""
    interval = binomtest(count, trials).proportion_ci(confidence_level=0.95, method="exact")
    return f"{count / trials:.1%} ({interval.low:.1%} to {interval.high:.1%})"


if __name__ == "__main__":
    main()
