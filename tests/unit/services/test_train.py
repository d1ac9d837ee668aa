from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.clock import START
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeSpecRegistry
from tests.fakes.samples import MODEL, order, sha, spec
from tests.fakes.trainer import FakeTrainer
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.training.run import FitTask, TrialPlan, TrialResult, TrialTask, best_trial
from tideline.errors import TrainingImpossible
from tideline.services.fit_model import FitModel
from tideline.services.run_trial import RunTrial

ENCODING = Encoding(
    task="regression",
    features=(
        FeatureEncoding(name="age", type="number"),
        FeatureEncoding(name="plan", type="category", vocabulary=("a", "b")),
    ),
)


def npz(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def floats(*values: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, dtype=np.float32)


@pytest.fixture
def lake() -> FakeObjectStore:
    store = FakeObjectStore()
    fill(store, y_valid=floats(1, 3))
    return store


def fill(store: FakeObjectStore, *, y_valid: np.ndarray) -> None:  # type: ignore[type-arg]
    x = np.zeros((4, 2), dtype=np.float32)
    arrays = npz(X_fit=x, y_fit=floats(1, 1, 3, 3), X_valid=x[:2], y_valid=y_valid)
    holdout = npz(f0=floats(1, np.nan, 3), f1=np.array(["a", "b", ""]), y=floats(1, 2, 3))
    files = {
        "train.npz": arrays,
        "holdout.npz": holdout,
        "encoding.json": ENCODING.model_dump_json().encode(),
    }
    for name, content in files.items():
        store.write(keys.run_key(MODEL, order().run_id, name), content)


def specs() -> FakeSpecRegistry:
    registry = FakeSpecRegistry()
    contract = spec(evaluation={"metric": "neg_mean_absolute_error"})
    registry.append(contract, head=SpecHead(), at=START)
    return registry


def trial(shift: float = 0.0) -> TrialTask:
    plan = TrialPlan(index=2, trainer="fake", parameters={"shift": shift})
    return TrialTask(order=order(), trial=plan)


def run_trial(lake: FakeObjectStore, trainer: FakeTrainer) -> RunTrial:
    ticks: Iterator[float] = iter([10.0, 12.5])
    return RunTrial(lake, specs(), {"fake": trainer}, stopwatch=lambda: next(ticks), threads=2)


def test_a_trial_is_scored_by_the_metric_of_its_spec_and_kept(lake: FakeObjectStore) -> None:
    trainer = FakeTrainer()
    result = run_trial(lake, trainer)(trial(shift=0.5))
    assert (result.score, result.rounds, result.seconds) == (-1.0, 7, 2.5)
    assert (result.index, result.trainer, result.parameters) == (2, "fake", {"shift": 0.5})
    kept = lake.read(keys.trial_key(MODEL, order().run_id, 2))
    assert TrialResult.model_validate_json(kept) == result
    assert trainer.calls == [{"rows": 4, "valid": True, "rounds": None, "seed": 1, "threads": 2}]


def test_a_better_model_scores_higher(lake: FakeObjectStore) -> None:
    scores = [run_trial(lake, FakeTrainer())(trial(shift)).score for shift in (0.0, 2.0)]
    assert scores[0] > scores[1]


def test_a_score_that_means_nothing_is_no_score(lake: FakeObjectStore) -> None:
    fill(lake, y_valid=floats(1, 1))
    binary = ENCODING.model_copy(update={"task": "binary", "classes": ("no", "yes")})
    lake.write(keys.run_key(MODEL, order().run_id, "encoding.json"), binary.model_dump_json().encode())
    run = run_trial(lake, FakeTrainer())
    registry = FakeSpecRegistry()
    registry.append(spec(task="binary"), head=SpecHead(), at=START)
    with pytest.raises(TrainingImpossible, match="roc_auc means nothing"):
        replace(run, specs=registry)(trial())


def result(index: int, score: float, shift: float = 0.0) -> TrialResult:
    return TrialResult(
        index=index, trainer="fake", parameters={"shift": shift}, score=score, rounds=40 + index, seconds=1
    )


def test_the_best_trial_is_fitted_again_on_all_rows_for_as_many_rounds(lake: FakeObjectStore) -> None:
    trainer = FakeTrainer()
    fit = FitModel(lake, {"fake": trainer}, {"fake": "1.0"}, threads=2)
    fitted = fit(FitTask(order=order(), results=(result(0, 0.1), result(1, 0.7, shift=1), result(2, 0.7))))
    assert trainer.calls == [{"rows": 6, "valid": False, "rounds": 41, "seed": 1, "threads": 2}]
    artifact = lake.read(keys.run_key(MODEL, order().run_id, "candidate.onnx"))
    assert (fitted.sha256, fitted.size_bytes) == (sha(artifact.decode()), len(artifact))
    assert (fitted.score, fitted.parameters, fitted.rounds) == (0.7, {"shift": 1}, 41)
    assert fitted.library_versions == {"fake": "1.0"}
    with np.load(io.BytesIO(lake.read(keys.run_key(MODEL, order().run_id, "native.npz")))) as native:
        assert native["raw"].shape == (3, 1)


def test_what_explains_the_candidate_lies_beside_it_under_its_hash(lake: FakeObjectStore) -> None:
    fitted = FitModel(lake, {"fake": FakeTrainer()}, {}, threads=1)(
        FitTask(order=order(), results=(result(0, 0.1),))
    )
    content = lake.read(keys.run_key(MODEL, order().run_id, "explanation.json"))
    assert (content, fitted.explanation_sha256) == (b"explains age,plan", sha(content.decode()))


def test_a_trainer_that_cannot_explain_leaves_nothing(lake: FakeObjectStore) -> None:
    fitted = FitModel(lake, {"fake": FakeTrainer(unexplained=True)}, {}, threads=1)(
        FitTask(order=order(), results=(result(0, 0.1),))
    )
    assert fitted.explanation_sha256 == ""
    assert not any("explanation" in key for key in lake.keys)


def test_fitting_again_makes_the_same_bytes(lake: FakeObjectStore) -> None:
    fit = FitModel(lake, {"fake": FakeTrainer()}, {}, threads=1)
    task = FitTask(order=order(), results=(result(0, 0.1),))
    assert fit(task) == fit(task)


@pytest.mark.parametrize(
    ("scores", "best"), [((0.1, 0.3, 0.2), 1), ((0.3, 0.3), 0), ((-0.5, -0.4), 1), ((0.0,), 0)]
)
def test_the_highest_score_wins_and_of_equals_the_first(scores: tuple[float, ...], best: int) -> None:
    results = [result(index, score) for index, score in enumerate(scores)]
    assert best_trial(tuple(results)).index == best
    assert best_trial(tuple(reversed(results))).index == best


def test_arrays_with_objects_in_them_are_never_unpickled(lake: FakeObjectStore) -> None:
    poison = npz(X_fit=np.array([{}], dtype=object))
    lake.write(keys.run_key(MODEL, order().run_id, "train.npz"), poison)
    with pytest.raises(ValueError, match="allow_pickle"):
        run_trial(lake, FakeTrainer())(trial())
