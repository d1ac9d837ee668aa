from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.contract.spec import METRICS, ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.assessment import Candidate, ChampionAnswers, assess
from tideline.domain.evaluation.parity import Parity
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.evaluation.verdict.checks import NoChampion
from tideline.domain.training.run import RunOrder

ORDER = RunOrder(model="iris", run_id="iris-d1-s1", spec_version=1, dataset_version=1, seed=3)
CLASSES = ("a", "b", "c", "never seen")


def candidate(y, raw, columns=None, **evaluation):
    spec = ModelSpec.model_validate(
        {
            "model": "iris",
            "task": "multiclass",
            "target": "kind",
            "features": {"x": {"type": "number"}, "k": {"type": "category"}},
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
        columns=columns or {},
        parity=Parity(largest_difference=0, allowed=1e-4, rows=len(y)),
    )


def answers(y, *, sure):
    """Return probabilities: `sure` for the truth, the rest spread over the others."""
    raw = np.full((len(y), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1))
    raw[np.arange(len(y)), y.astype(int)] = sure
    return raw


def asked(report):
    return {check.code: check for check in report.verdict.checks}


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
    assert asked(report)["floor"].gain.confidence == report.bootstrap.confidence == 0.8


def test_the_metric_of_the_spec_decides(y):
    report = assess(candidate(y, answers(y, sure=0.7), metric="accuracy"), champion=NoChampion())
    assert (report.metric, report.decisive.estimate) == ("accuracy", 1.0)
    assert report.floor.value == pytest.approx(np.mean(y == 0))


def test_the_report_survives_json_byte_for_byte(y):
    champion = ChampionAnswers(version=1, sha256="cd", raw=answers(y, sure=0.6), missing_features=("old",))
    content = assess(candidate(y, answers(y, sure=0.7), minimum=-1), champion=champion).to_json()
    assert EvaluationReport.model_validate_json(content).to_json() == content


def test_the_interval_of_the_verdict_is_the_one_of_the_report(y):
    champion = ChampionAnswers(version=1, sha256="cd", raw=answers(y, sure=0.6), missing_features=())
    report = assess(candidate(y, answers(y, sure=0.7)), champion=champion)
    assert asked(report)["champion"].difference == report.champion.differences["neg_log_loss"]


def test_superiority_is_asked_on_request(y):
    same = ChampionAnswers(version=1, sha256="cd", raw=answers(y, sure=0.7), missing_features=())
    decisions = [
        assess(candidate(y, answers(y, sure=0.7), hypothesis=asks), champion=same).verdict.decision
        for asks in ("non_inferiority", "superiority")
    ]
    assert decisions == ["PROMOTE", "REJECT"]


def test_too_few_rows_are_never_promoted_however_good_the_model(y):
    few = y[:99]
    report = assess(candidate(few, answers(few, sure=0.9)), champion=NoChampion())
    assert report.verdict.decision == "INCONCLUSIVE"
    assert report.verdict.reasons == ("99 holdout rows: at least 100 are needed",)


def test_a_model_that_never_errs_on_few_rows_may_still_be_below_the_minimum(y):
    right = candidate(y, answers(y, sure=0.9), metric="accuracy", minimum=0.98)
    report = assess(right, champion=NoChampion())
    assert asked(report)["minimum"].candidate.estimate == 1.0
    assert asked(report)["minimum"].candidate.low == pytest.approx(1 - 3.9 / 120, abs=0.002)
    assert report.verdict.decision == "INCONCLUSIVE"


def test_a_slice_that_got_worse_rejects_what_is_better_as_a_whole():
    y = np.random.default_rng(0).integers(3, size=900).astype(float)
    kind = np.array(["new", "old", "old"] * 300)
    random = np.random.default_rng(1)
    unsure = np.where(kind == "new", random.random(900) < 0.5, random.random(900) < 0.02)
    raw = np.where(unsure[:, None], answers((y + 1) % 3, sure=0.7), answers(y, sure=0.7))
    old = np.where(random.random((900, 1)) < 0.3, answers((y + 1) % 3, sure=0.7), answers(y, sure=0.7))
    champion = ChampionAnswers(version=4, sha256="cd", raw=old, missing_features=())
    report = assess(candidate(y, raw, {"k": kind}, slices=["k"], metric="accuracy"), champion=champion)
    assert asked(report)["champion"].outcome == "passed"
    assert report.verdict.decision == "REJECT"
    (reason,) = report.verdict.reasons
    assert reason.startswith("worse than version 4 on k = new (300 rows): accuracy difference -0.")


def test_a_spec_without_slices_or_fairness_has_neither(y):
    report = assess(candidate(y, answers(y, sure=0.7)), champion=NoChampion())
    assert (report.slices, report.fairness) == (None, ())
