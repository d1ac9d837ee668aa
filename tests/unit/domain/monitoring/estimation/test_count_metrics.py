from __future__ import annotations

import numpy as np
import pytest

from tests.unit.domain.monitoring.quality_samples import Drawn, draw_binary, draw_multiclass
from tideline.domain.contract.spec import METRICS
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.domain.monitoring.counting.score_bins import CENTRES, score_counts
from tideline.domain.monitoring.estimation.count_metrics import ClassTally, metric_of_counts


def tally(drawn: Drawn, place: int) -> ClassTally:
    scores, named = drawn.raw[:, place], named_class(drawn.task, drawn.raw) == place
    of_class = drawn.y == place
    counts = [score_counts(scores[rows]).astype(float) for rows in (named, ~named)]
    hits = [score_counts(scores[rows & of_class])[None, :].astype(float) for rows in (named, ~named)]
    return ClassTally(CENTRES, *counts, *hits)


@pytest.mark.parametrize("metric", METRICS["binary"])
@pytest.mark.parametrize("centre", [0.0, -1.5])
def test_binary_metrics_of_counts_are_those_of_rows_but_for_the_width_of_a_bin(metric, centre):
    drawn = draw_binary(np.random.default_rng(0), 3_000, centre=centre)
    (found,) = metric_of_counts("binary", metric, [tally(drawn, 1)])
    assert found == pytest.approx(drawn.metric(metric), abs=1e-12 if metric in ("accuracy", "f1") else 0.001)


@pytest.mark.parametrize("metric", METRICS["multiclass"])
def test_multiclass_metrics_of_counts_are_those_of_rows_but_for_the_width_of_a_bin(metric):
    drawn = draw_multiclass(np.random.default_rng(0), 3_000)
    (found,) = metric_of_counts("multiclass", metric, [tally(drawn, place) for place in range(3)])
    assert found == pytest.approx(drawn.metric(metric), abs=0.001 if metric == "neg_log_loss" else 1e-12)


def test_one_class_alone_means_nothing_to_what_ranks():
    drawn = draw_binary(np.random.default_rng(0), 100)
    one = Drawn("binary", {}, np.zeros_like(drawn.y), drawn.raw)
    for metric in ("roc_auc", "average_precision"):
        assert np.isnan(metric_of_counts("binary", metric, [tally(one, 1)])).all()
