from __future__ import annotations

import numpy as np
import pytest

from tests.unit.services.evaluation_world import ORDER, World, archive, artifact, make_spec, sha256
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.errors import ArtifactInvalid, ObjectMissing, ParityBroken, TrainingImpossible

GOOD = artifact(x=2.0)
WORSE = artifact(x=2.0, z=1.0)
MUCH_WORSE = artifact(x=2.0, z=4.0)
NOISE = artifact(z=1.0)


@pytest.fixture
def world():
    return World(spec=make_spec(), candidate=GOOD)


def test_a_good_first_version_is_promoted(world):
    found = world.evaluate()
    assert (found.verdict, found.metric, found.champion) == ("PROMOTE", "roc_auc", None)
    assert 0.75 < found.candidate < 0.95
    assert found.reasons[-1] == "no version is live yet to compare with"


def test_the_report_is_stored_under_the_hash_that_the_summary_carries(world):
    found = world.evaluate()
    stored = world.lake.read(world.key("report.json"))
    assert sha256(stored) == found.report_sha256
    assert EvaluationReport.model_validate_json(stored).to_json() == stored


def test_evaluating_again_writes_the_same_bytes(world):
    first = world.evaluate()
    before = dict(world.lake.objects)
    assert world.evaluate() == first
    assert world.lake.objects == before


def test_what_the_version_will_be_held_against_is_made_of_this_run(world):
    world.evaluate()
    reference = MonitoringReference.model_validate_json(world.lake.read(world.key("reference.json")))
    assert (reference.run_id, reference.artifact_sha256) == (ORDER.run_id, sha256(GOOD))
    assert reference.quality.estimate == world.json("report.json")["decisive"]["estimate"]
    assert reference.features.keys() == {"x", "z"}
    assert [one.feature for one in reference.importance] == ["x", "z"]
    assert sum(reference.outputs["yes"].scores) == sum(reference.calibration["yes"].rows) == 400
    assert sum(reference.calibration["yes"].hits) == int(world.y.sum())


def test_the_report_tells_rows_classes_floor_parity_and_seed(world):
    world.evaluate()
    report = world.json("report.json")
    assert report["rows"] == 400
    assert sum(report["class_rows"].values()) == 400
    assert report["class_rows"]["yes"] == int(world.y.sum())
    assert report["floor"]["value"] == 0.5
    assert report["parity"]["largest_difference"] < 1e-6
    assert report["bootstrap"] == {
        "method": "bca",
        "differences": "bca and studentized",
        "strata": "class",
        "resamples": 2000,
        "confidence": 0.95,
        "seed": 7,
    }


def test_noise_does_not_go_live():
    found = World(spec=make_spec(), candidate=NOISE).evaluate()
    assert found.verdict == "INCONCLUSIVE"
    assert "may not beat the 0.5 of a constant answer" in found.reasons[0]


def test_a_model_that_is_worse_than_a_constant_is_rejected():
    found = World(spec=make_spec(), candidate=artifact(x=-2.0)).evaluate()
    assert found.verdict == "REJECT"
    assert "does not beat the 0.5 of a constant answer" in found.reasons[0]


def test_a_model_that_may_be_below_the_minimum_is_not_promoted():
    found = World(spec=make_spec(minimum=0.84), candidate=GOOD).evaluate()
    assert found.verdict == "INCONCLUSIVE"
    assert "may be below the minimum of 0.84" in found.reasons[0]


def test_a_holdout_that_is_too_small_tells_nothing():
    found = World(spec=make_spec(), candidate=GOOD, rows=90).evaluate()
    assert found.verdict == "INCONCLUSIVE"
    assert found.reasons[0].startswith("90 holdout rows")


def test_slices_are_measured_on_the_features_of_the_holdout():
    world = World(spec=make_spec(slices=["z"], min_slice_rows=40), candidate=GOOD)
    assert world.evaluate().verdict == "PROMOTE"
    names = [one["name"] for one in world.json("report.json")["slices"]["slices"]]
    assert len(names) == 5
    assert "z is missing" in names


def test_an_attribute_that_no_row_has_keeps_a_model_out_and_is_named():
    world = World(spec=make_spec(fairness={"attributes": ["gender"]}), candidate=GOOD)
    found = world.evaluate()
    assert found.verdict == "INCONCLUSIVE"
    assert found.reasons == (
        (
            "the true positive rate by gender could not be judged: fewer than two groups have 30 rows"
            " of which it speaks"
        ),
    )


def test_groups_that_are_treated_unlike_keep_a_model_out():
    world = World(spec=make_spec(fairness={"attributes": ["x"], "metric": "selection_rate"}), candidate=GOOD)
    found = world.evaluate()
    assert found.verdict == "REJECT"
    assert found.reasons[0].startswith("selection rate by x: ")
    gap = next(one for one in world.json("report.json")["fairness"] if one["metric"] == "selection_rate")
    assert gap["gap"]["estimate"] == 1


@pytest.mark.parametrize("role", ["candidate", "champion"])
def test_scores_that_are_no_numbers_are_an_error_and_nothing_is_written(world, role):
    broken = artifact(x=float("nan"))
    if role == "candidate":
        world = World(spec=make_spec(), candidate=broken)
    else:
        world.with_champion(broken)
    with pytest.raises(ArtifactInvalid, match="not finite"):
        world.evaluate()
    assert not {world.key("report.json"), world.key("golden.json")} & world.lake.objects.keys()


def test_a_model_below_the_minimum_is_rejected_for_that_alone():
    found = World(spec=make_spec(minimum=0.99), candidate=GOOD).evaluate()
    assert found.verdict == "REJECT"
    assert len(found.reasons) == 1
    assert "is below the minimum of 0.99" in found.reasons[0]


def test_a_model_worse_than_the_champion_by_more_than_the_margin_is_rejected():
    found = World(spec=make_spec(margin=0.01), candidate=MUCH_WORSE).with_champion(GOOD).evaluate()
    assert found.verdict == "REJECT"
    assert found.champion > found.candidate + 0.01
    assert "of version 3 on the same rows: worse by more than the margin of 0.01" in found.reasons[0]


def test_a_model_that_may_be_worse_by_more_than_the_margin_is_not_promoted():
    found = World(spec=make_spec(margin=0.01), candidate=WORSE).with_champion(GOOD).evaluate()
    assert found.verdict == "INCONCLUSIVE"
    assert "possibly worse by more than the margin of 0.01" in found.reasons[0]


def test_the_margin_lets_a_slightly_worse_model_through():
    found = World(spec=make_spec(margin=0.5), candidate=WORSE).with_champion(GOOD).evaluate()
    assert found.verdict == "PROMOTE"


def test_the_same_model_again_differs_by_nothing(world):
    world.with_champion(GOOD).evaluate()
    difference = world.json("report.json")["champion"]["differences"]["roc_auc"]
    assert (difference["low"], difference["estimate"], difference["high"]) == (0, 0, 0)


def test_features_that_only_the_champion_knows_are_missing_to_it_and_named(world):
    older = make_spec().model_dump()
    older["features"]["gone"] = {"type": "number"}
    world.with_champion(artifact(x=2.0, gone=5.0, missing=1.0), spec=ModelSpec.model_validate(older))
    found = world.evaluate()
    report = world.json("report.json")
    assert report["champion"]["missing_features"] == ["gone"]
    # A missing value shifts every row alike: the ranks, and so the AUC, are the candidate's.
    assert found.champion == pytest.approx(found.candidate)


@pytest.mark.parametrize(
    ("champion", "cause"),
    [
        ({"spec": make_spec(target="left")}, "its target is 'left', not 'churned'"),
        ({"spec": make_spec("regression"), "classes": ()}, "its task is regression, not binary"),
        ({"classes": ("yes", "no")}, "its positive class is 'no', not 'yes'"),
    ],
)
def test_a_champion_that_answers_another_question_is_named_and_not_compared(world, champion, cause):
    found = world.with_champion(b"not even read", **champion).evaluate()
    assert (found.verdict, found.champion) == ("PROMOTE", None)
    assert found.reasons[-1] == f"not compared with version 3, which is live: {cause}"
    assert world.json("report.json")["champion"] is None


def test_regression_is_compared_with_the_training_mean():
    world = World(spec=make_spec("regression"), candidate=artifact("regression", x=1.0))
    found = world.evaluate()
    report = world.json("report.json")
    assert (found.verdict, found.metric) == ("PROMOTE", "neg_root_mean_squared_error")
    assert found.candidate == pytest.approx(-0.3, abs=0.05)
    assert report["floor"]["answer"] == [pytest.approx(world.y.mean(), rel=1e-5)]
    assert report["class_rows"] is None
    assert report["bootstrap"]["strata"] == "none"


def test_golden_rows_are_answers_of_this_artifact(world):
    world.evaluate()
    golden = world.json("golden.json")
    assert golden["sha256"] == sha256(GOOD)
    assert golden["signature"]["classes"] == ["no", "yes"]
    assert len(golden["instances"]) == len(golden["expected"]) == 20
    assert golden["tolerance"] == 1e-4
    for instance, expected in zip(golden["instances"], golden["expected"], strict=True):
        assert 1 / (1 + np.exp(-2 * instance["x"])) == pytest.approx(expected[1], abs=1e-6)


def test_the_report_holds_what_a_look_at_the_model_found(world):
    world.evaluate()
    found = EvaluationReport.model_validate_json(world.lake.read(world.key("report.json"))).inspection
    assert [one.feature for one in found.importance] == ["x", "z"]
    assert found.importance[0].drop > 0.2 > found.importance[1].drop == 0
    assert [(one.feature, one.kind) for one in found.sensitivity] == [("x", "missing"), ("z", "missing")]
    assert found.calibration[0].label == "yes"
    assert sum(one.rows for one in found.calibration[0].bins) == 400
    assert (found.overlap_rows, found.size_bytes) == (0, len(GOOD))
    assert (found.leakage_suspects, found.warnings) == ((), ())


def test_a_look_at_a_regression_has_everything_but_calibration():
    world = World(spec=make_spec("regression"), candidate=artifact("regression", x=1.0))
    world.evaluate()
    found = world.json("report.json")["inspection"]
    assert found["calibration"] == []
    assert found["importance"][0]["drop"] > 0.5
    assert len(found["sensitivity"]) == 2


def test_a_leak_warns_and_does_not_block(world):
    y = world.y.astype(np.float32)
    leaky = np.column_stack([y, np.zeros_like(y)]).astype(np.float32)
    world.put("train.npz", archive(X_fit=leaky[:300], y_fit=y[:300], X_valid=leaky[300:], y_valid=y[300:]))
    assert world.evaluate().verdict == "PROMOTE"
    found = world.json("report.json")["inspection"]
    assert [one["feature"] for one in found["leakage_suspects"]] == ["x"]
    assert found["warnings"][0].startswith("'x' alone nearly determines 'churned'")


def test_a_holdout_that_was_trained_on_is_told(world):
    y, seen = world.y.astype(np.float32), np.column_stack([world.x, world.z])
    world.put("train.npz", archive(X_fit=seen[:300], y_fit=y[:300], X_valid=seen[300:], y_valid=y[300:]))
    world.evaluate()
    found = world.json("report.json")["inspection"]
    assert found["overlap_rows"] == 400
    assert "the holdout is broken" in found["warnings"][0]


def test_latency_stands_beside_the_report_whose_hash_no_clock_changes(world):
    first = world.evaluate()
    assert world.json("latency.json") == {
        "calls": 500,
        "p50_us": pytest.approx(1_000),
        "p99_us": pytest.approx(1_000),
    }
    world.tick = 0.002
    assert world.evaluate() == first
    assert world.json("latency.json")["p50_us"] == pytest.approx(2_000)


def test_a_fairness_attribute_that_is_no_feature_is_read_and_not_scored():
    world = World(spec=make_spec(fairness={"attributes": ["z", "gender"]}), candidate=GOOD)
    files = {"f0": world.x, "f1": world.z, "y": world.y.astype(np.float32)}
    world.put("holdout.npz", archive(**files, a0=np.resize(["f", "m", ""], world.rows)))
    assert world.evaluate().verdict
    assert {one["feature"] for one in world.json("report.json")["inspection"]["importance"]} == {"x", "z"}
    world.put("holdout.npz", archive(**files))
    with pytest.raises(KeyError, match="a0"):
        world.evaluate()


def test_an_artifact_that_disagrees_with_its_trainer_is_no_candidate(world):
    native = world.answers(GOOD).astype(float)
    native[5] += [0.001, -0.001]
    world.put("native.npz", archive(raw=native))
    with pytest.raises(ParityBroken):
        world.evaluate()
    assert world.key("report.json") not in world.lake.objects


def test_a_candidate_that_is_not_what_was_fitted_is_refused(world):
    world.put("candidate.onnx", GOOD + b" ")
    with pytest.raises(ArtifactInvalid, match="its record says"):
        world.evaluate()


def test_a_champion_that_is_not_what_was_registered_is_refused(world):
    world.with_champion(WORSE)
    world.lake.write("churn/versions/3/model.onnx", WORSE + b" ")
    with pytest.raises(ArtifactInvalid, match=r"churn/versions/3/model\.onnx"):
        world.evaluate()


def test_a_holdout_of_one_class_decides_nothing(world):
    world.y[:] = 1
    world.put_run()
    with pytest.raises(TrainingImpossible, match="one class"):
        world.evaluate()


def test_arrays_that_would_run_code_are_not_loaded(world):
    world.put("native.npz", archive(raw=np.array([{"a": "pickle"}], dtype=object)))
    with pytest.raises(ValueError, match="allow_pickle"):
        world.evaluate()


def test_a_run_that_was_not_prepared_is_an_error_that_names_the_key(world):
    del world.lake.objects[world.key("holdout.npz")]
    with pytest.raises(ObjectMissing, match=r"churn-d2-s1/holdout\.npz"):
        world.evaluate()
