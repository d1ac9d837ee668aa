from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.contract.spec import METRICS, ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.assessment import Candidate, ChampionAnswers, assess
from tideline.domain.evaluation.checks import NoChampion
from tideline.domain.evaluation.parity import Parity
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.training.run import RunOrder

ORDER = RunOrder(model="iris", run_id="iris-d1-s1", spec_version=1, dataset_version=1, seed=3)
CLASSES = ("a", "b", "c", "never seen")


def candidate(y, raw, **evaluation):
    spec = ModelSpec.model_validate(
        {
            "model": "iris",
            "task": "multiclass",
            "target": "kind",
            "features": {"x": {"type": "number"}},
            "evaluation": evaluation,
        }
    )
    return Candidate(
        order=ORDER,
        sha256="ab",
        spec=spec,
        encoding=Encoding(
            task="multiclass", features=(FeatureEncoding(name="x", type="number"),), classes=CLASSES
        ),
        y=y,
        y_train=np.array([0.0, 0, 1, 2]),
        raw=raw,
        parity=Parity(largest_difference=0, allowed=1e-4, rows=len(y)),
    )


def answers(y, *, sure):
    """Return probabilities: `sure` for the truth, the rest spread over the others."""
    raw = np.full((len(y), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1))
    raw[np.arange(len(y)), y.astype(int)] = sure
    return raw


@pytest.fixture
def y():
    return np.random.default_rng(0).integers(3, size=120).astype(float)


def test_classes_without_holdout_rows_are_counted_as_none(y):
    report = assess(candidate(y, answers(y, sure=0.7)), champion=NoChampion())
    assert report.class_rows["never seen"] == 0
    assert sum(report.class_rows.values()) == 120
    assert report.floor.answer == (0.5, 0.25, 0.25, 0)


def test_candidate_and_champion_have_every_metric_and_every_difference(y):
    champion = ChampionAnswers(version=1, sha256="cd", raw=answers(y, sure=0.6), missing_features=())
    report = assess(candidate(y, answers(y, sure=0.7)), champion=champion)
    for found in (report.candidate, report.champion.metrics, report.champion.differences):
        assert tuple(found) == METRICS["multiclass"]
    difference = report.champion.differences["neg_log_loss"].estimate
    assert difference == pytest.approx(np.log(0.7) - np.log(0.6))


def test_the_confidence_of_the_spec_is_that_of_every_interval(y):
    report = assess(candidate(y, answers(y, sure=0.7), confidence=0.8), champion=NoChampion())
    assert {interval.confidence for interval in report.candidate.values()} == {0.8}
    assert report.verdict.checks[0].gain.confidence == report.bootstrap.confidence == 0.8


def test_the_metric_of_the_spec_decides(y):
    report = assess(candidate(y, answers(y, sure=0.7), metric="accuracy"), champion=NoChampion())
    assert (report.metric, report.decisive.estimate) == ("accuracy", 1.0)
    assert report.floor.value == pytest.approx(np.mean(y == 0))


def test_the_report_survives_json_byte_for_byte(y):
    champion = ChampionAnswers(version=1, sha256="cd", raw=answers(y, sure=0.6), missing_features=("old",))
    content = assess(candidate(y, answers(y, sure=0.7), minimum=-1), champion=champion).to_json()
    assert EvaluationReport.model_validate_json(content).to_json() == content
