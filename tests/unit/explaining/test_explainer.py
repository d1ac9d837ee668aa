from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest

from tests.unit.adapters.training.samples import awkward_encoding, awkward_rows, raw_features
from tests.unit.explaining.samples import artifact_answers, forest, inputs_of, signature_of
from tests.unit.serving.samples import FakeClock, FakeLake
from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.explaining import explainer as module
from tideline.explaining.explainer import LakeExplainer
from tideline.serving.deployment import DeployedVersion
from tideline.serving.problems import Problem

ENCODING = awkward_encoding("binary")
KEY = "churn/versions/3/explanation.json"


@cache
def _made() -> tuple[bytes, Any, Any]:
    matrix, target = awkward_rows("binary", n=500)
    model = forest(matrix, target, ENCODING, rounds=5)
    rows = matrix[:3]
    answers = artifact_answers(model, ENCODING, raw_features(rows, ENCODING))
    return model.to_explanation(ENCODING), inputs_of(rows, ENCODING), answers


class Explaining:
    """An explainer on fakes, and a version that has an explanation."""

    def __init__(self, *, budget_bytes: int = 10**9) -> None:
        content, self.rows, self.answers = _made()
        self.clock = FakeClock()
        self.lake = FakeLake({KEY: content})
        self.explain = LakeExplainer(self.lake, budget_bytes=budget_bytes, clock=self.clock)
        self.entry = DeployedVersion(
            version=3,
            role="champion",
            weight=100,
            sha256="a" * 64,
            key="churn/versions/3/model.onnx",
            signature=signature_of(ENCODING),
            explanation_sha256=hashlib.sha256(content).hexdigest(),
        )

    def ask(self, **changes: Any) -> Any:
        return self.explain(msgspec.structs.replace(self.entry, **changes), self.rows, self.answers)


def _problem(ask: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as caught:
        ask()
    return caught.value


def test_a_version_is_fetched_once_from_beside_its_artifact() -> None:
    explaining = Explaining()
    first = explaining.ask()
    assert explaining.ask() == first
    assert len(first) == 3
    assert set(first[0].contributions) == set(ENCODING.names)
    assert explaining.lake.reads == [KEY]


def test_an_older_version_has_no_explanations_and_says_what_to_do() -> None:
    explaining = Explaining()
    problem = _problem(lambda: explaining.ask(explanation_sha256=""))
    assert (problem.status, problem.detail) == (409, "version 3 has no explanations: train it again")
    assert explaining.lake.reads == []


def test_too_many_rows_are_refused_before_anything_is_fetched() -> None:
    explaining = Explaining()
    explaining.rows = explaining.rows * 34
    problem = _problem(explaining.ask)
    assert (problem.status, "at most 100" in problem.detail) == (413, True)
    assert explaining.lake.reads == []


@pytest.mark.parametrize(("rows_worth", "reason"), [(2, "at most 2"), (0, "too many trees")])
def test_what_costs_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch, rows_worth: int, reason: str
) -> None:
    explaining = Explaining()
    explaining.ask()
    cost = next(iter(explaining.explain._kept.values())).cost_per_row
    monkeypatch.setattr(module, "MAX_COST", rows_worth * cost)
    problem = _problem(explaining.ask)
    assert (problem.status, reason in problem.detail) == (413, True)


def test_answers_of_another_model_are_not_explained(capsys: pytest.CaptureFixture[str]) -> None:
    explaining = Explaining()
    explaining.answers = [[0.5, 0.5]] * 3
    assert _problem(explaining.ask).status == 503
    assert "do not add up" in capsys.readouterr().out


def test_a_spoilt_file_is_not_tried_again_at_once() -> None:
    explaining = Explaining()
    good = explaining.lake.objects[KEY]
    explaining.lake.objects[KEY] = good + b" "
    problem = _problem(explaining.ask)
    assert (problem.status, problem.retry_after_s) == (503, 10)
    explaining.lake.objects[KEY] = good
    assert _problem(explaining.ask).status == 503
    explaining.clock.now += 6
    assert len(explaining.ask()) == 3


@pytest.mark.parametrize(
    ("error", "pause"), [(StorageUnavailable("s3"), 1), (ArtifactInvalid("there is no object"), 10)]
)
def test_a_file_that_cannot_be_read_is_a_problem(error: Exception, pause: int) -> None:
    explaining = Explaining()
    explaining.lake.objects[KEY] = error
    problem = _problem(explaining.ask)
    assert (problem.status, problem.retry_after_s) == (503, pause)


def test_beyond_the_budget_the_version_in_use_alone_is_kept() -> None:
    explaining = Explaining(budget_bytes=1)
    explaining.lake.objects["churn/versions/4/explanation.json"] = explaining.lake.objects[KEY]
    explaining.ask()
    explaining.ask(key="churn/versions/4/model.onnx")
    explaining.ask(key="churn/versions/4/model.onnx")
    explaining.ask()
    assert [key.split("/")[2] for key in explaining.lake.reads] == ["3", "4", "3"]
