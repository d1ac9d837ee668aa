from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.inspection.leakage import Strength
from tideline.domain.evaluation.inspection.plan import MAX_ROWS, MIN_ROWS, InspectionPlan, plan_inspection
from tideline.domain.training.run import FittedModel


def plan(
    *, features: int = 12, rows: int = 6_500, rounds: int = 200, size_bytes: int = 200_000, **strengths: float
) -> InspectionPlan:
    encoding = Encoding(
        task="binary",
        features=tuple(FeatureEncoding(name=f"f{n}", type="number") for n in range(features)),
        classes=("no", "yes"),
    )
    fitted = FittedModel(
        sha256="", size_bytes=size_bytes, trainer="lightgbm", parameters={}, rounds=rounds, score=0.9
    )
    known = [
        Strength(feature=name, metric="roc_auc", value=0.5, threshold=0.95, share=share)
        for name, share in strengths.items()
    ]
    return plan_inspection(encoding, rows=rows, fitted=fitted, strengths=known)


def test_a_usual_model_is_looked_at_whole_on_five_thousand_rows() -> None:
    found = plan()
    assert (found.rows, len(found.features)) == (MAX_ROWS, 12)
    assert found.warnings == (
        "importance and sensitivity were measured on 5,000 of 6,500 holdout rows, to keep evaluating fast",
    )


def test_where_nothing_is_left_out_nothing_is_said() -> None:
    assert plan(rows=400).warnings == ()


def test_a_large_forest_is_looked_at_on_fewer_rows() -> None:
    found = plan(rounds=2_000, size_bytes=9_000_000)
    assert MIN_ROWS < found.rows < MAX_ROWS
    assert len(found.features) == 12


def test_of_a_wide_table_the_features_that_tell_most_are_looked_at_and_the_warning_says_so() -> None:
    found = plan(features=2_000, f1500=0.4, f3=0.3, f7=-0.1)
    assert found.rows == MIN_ROWS
    assert {"f1500", "f3", "f0"} <= found.features
    assert "f7" not in found.features
    assert 2 < len(found.features) < 100
    assert (
        f"and the {len(found.features)} of 2,000 features that tell most by themselves" in found.warnings[0]
    )


@settings(deadline=None)
@given(
    features=st.integers(1, 300),
    rows=st.integers(20, 100_000),
    rounds=st.integers(1, 5_000),
    size_bytes=st.integers(500, 50_000_000),
)
def test_something_is_always_looked_at_and_never_more_than_there_is(
    features, rows, rounds, size_bytes
) -> None:
    found = plan(features=features, rows=rows, rounds=rounds, size_bytes=size_bytes)
    assert min(rows, MIN_ROWS) <= found.rows <= min(rows, MAX_ROWS)
    assert 1 <= len(found.features) <= features
