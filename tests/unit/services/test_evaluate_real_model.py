from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics as reference

from tests.unit.adapters.training.samples import encode, infer_encoding, raw_features, shared_rows
from tests.unit.domain.monitoring.quality_samples import profiled
from tests.unit.services.evaluation_world import (
    AT,
    ORDER,
    Deployments,
    MemoryRegistry,
    MemoryStore,
    Specs,
    Versions,
    archive,
    make_version,
    sha256,
)
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.lightgbm_trainer import LightGbmTrainer
from tideline.adapters.training.linear_trainer import LinearTrainer
from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.monitoring.estimation.confidence import expected_metric
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.release.deployment import DeployedVersion, Deployment, signature
from tideline.domain.training.profile import ReferenceProfile, profile_numbers
from tideline.domain.training.run import EvaluationTask, FittedModel
from tideline.runtime.clock import precise_seconds
from tideline.services.evaluate_model import EvaluateModel

FEATURES = ("age", "workclass", "education_num", "occupation", "sex", "hours_per_week", "capital_gain")
CLASSES = ("<=50K", ">50K")

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def adult():
    """LightGBM as the candidate against a linear champion, on people whose income is known."""
    train, held = shared_rows("adult/adult_train.csv")[:8000], shared_rows("adult/adult_test.csv")[:4000]
    encoding = infer_encoding(train, names=FEATURES, task="binary", classes=CLASSES)
    y_train, y = (
        np.array([row["income"].startswith(">") for row in rows], np.float32) for rows in (train, held)
    )
    fit = {"valid": None, "encoding": encoding, "parameters": {}, "rounds": 40, "seed": 1, "threads": 1}
    x_train, x = encode(train, encoding), encode(held, encoding)
    trees = LightGbmTrainer().train(x_train, y_train, **fit)
    line = LinearTrainer().train(x_train, y_train, **fit)
    spec = ModelSpec.model_validate(
        {
            "model": "churn",
            "task": "binary",
            "target": "income",
            "positive": ">50K",
            "features": {f.name: {"type": f.type, "required": False} for f in encoding.features},
            "evaluation": {"minimum": 0.8},
        }
    )
    lake, columns = MemoryStore(), raw_features(x, encoding)
    arrays = {f"f{i}": columns[name] for i, name in enumerate(encoding.names)}
    profile = ReferenceProfile(
        model="churn",
        run_id=ORDER.run_id,
        dataset_version=2,
        spec_version=1,
        rows_train=len(y_train),
        rows_holdout=len(y),
        features={f.name: profiled(columns[f.name], f.type) for f in encoding.features},
        target=profile_numbers(y),
    )
    files = {
        "encoding.json": encoding.model_dump_json().encode(),
        "profile.json": profile.model_dump_json().encode(),
        "holdout.npz": archive(**arrays, y=y),
        "train.npz": archive(X_fit=x_train, y_fit=y_train, X_valid=x_train[:0], y_valid=y_train[:0]),
        "candidate.onnx": trees.to_onnx(encoding),
        "native.npz": archive(raw=trees.predict_raw(x)),
    }
    for name, content in files.items():
        lake.write(keys.run_key("churn", ORDER.run_id, name), content)
    champion = line.to_onnx(encoding)
    lake.write("churn/versions/3/model.onnx", champion)
    live = DeployedVersion(
        version=3,
        role="champion",
        weight=100,
        sha256=sha256(champion),
        key="churn/versions/3/model.onnx",
        signature=signature(spec, classes=CLASSES),
    )
    registry = MemoryRegistry(
        specs={1: spec},
        versions={3: make_version(champion, spec_version=1)},
        deployment=Deployment(model="churn", generation=1, versions=(live,), since=AT),
    )
    candidate = files["candidate.onnx"]
    fitted = FittedModel(
        sha256=sha256(candidate),
        size_bytes=len(candidate),
        trainer="lightgbm",
        parameters={},
        rounds=40,
        score=0.9,
    )
    evaluate = EvaluateModel(
        lake=lake,
        specs=Specs(registry),
        versions=Versions(registry),
        deployments=Deployments(registry),
        load=OnnxScorer,
        stopwatch=precise_seconds,
    )
    found = evaluate(EvaluationTask(order=ORDER, fitted=fitted))
    report = json.loads(lake.read(keys.run_key("churn", ORDER.run_id, "report.json")))
    held_against = lake.read(keys.run_key("churn", ORDER.run_id, "reference.json"))
    report["_reference"] = MonitoringReference.model_validate_json(held_against)
    return found, report, y, {"candidate": trees.predict_raw(x)[:, 1], "champion": line.predict_raw(x)[:, 1]}


def test_trees_are_promoted_over_a_linear_champion_for_a_difference_beyond_chance(adult):
    found, report, _, _ = adult
    difference = report["champion"]["differences"]["roc_auc"]
    assert found.verdict == "PROMOTE"
    assert 0 < difference["low"] < difference["estimate"] < difference["high"] < 0.1


def test_both_models_metrics_are_scikit_learns(adult):
    _, report, y, scores = adult
    measured = {"candidate": report["candidate"], "champion": report["champion"]["metrics"]}
    for who, p in scores.items():
        assert measured[who]["roc_auc"]["estimate"] == pytest.approx(reference.roc_auc_score(y, p), abs=1e-6)
        assert measured[who]["neg_log_loss"]["estimate"] == pytest.approx(-reference.log_loss(y, p), abs=1e-6)


def test_the_interval_of_the_roc_auc_is_as_wide_as_its_known_standard_error(adult):
    _, report, y, _ = adult
    auc = report["candidate"]["roc_auc"]
    found = (auc["high"] - auc["low"]) / (2 * 1.96)
    assert found == pytest.approx(hanley_mcneil(auc["estimate"], int(y.sum()), int((1 - y).sum())), rel=0.25)


def test_a_look_at_the_trees_finds_what_people_know_of_the_data_and_no_leak(adult):
    _, report, _, _ = adult
    found = report["inspection"]
    assert {"age", "capital_gain"} <= {one["feature"] for one in found["importance"][:3]}
    assert all(one["drop"] > 0 for one in found["importance"][:4])
    assert found["calibration"][0]["expected_calibration_error"] < 0.05
    assert len(found["sensitivity"]) == len(FEATURES) + 3
    assert found["leakage_suspects"] == []
    assert found["size_bytes"] > 10_000


def hanley_mcneil(auc, positives, negatives):
    """Return the standard error of an AUC under exponential scores (Hanley & McNeil 1982)."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (q1 - auc**2) + (negatives - 1) * (q2 - auc**2)
    return np.sqrt(spread / (positives * negatives))


def test_confidence_promises_what_the_holdout_shows(adult):
    _, report, y, raw = adult
    held_against = report["_reference"]
    promised = expected_metric(held_against.outputs, held_against)
    assert promised == pytest.approx(reference.roc_auc_score(y, raw["candidate"]), abs=0.005)
    assert held_against.loss.explained > 0.05
