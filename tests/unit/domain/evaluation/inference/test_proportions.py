from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from tideline.domain.evaluation.inference.proportions import wilson_interval


@settings(deadline=None)
@given(rows=st.integers(1, 10_000), share=st.floats(0, 1), confidence=st.floats(0.51, 0.999))
def test_the_interval_is_statsmodels(rows: int, share: float, confidence: float) -> None:
    hits = round(share * rows)
    found = wilson_interval(hits, rows, confidence=confidence)
    low, high = proportion_confint(hits, rows, alpha=1 - confidence, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert (found.estimate, found.rows, found.resamples) == (hits / rows, rows, 0)


@pytest.mark.parametrize(("hits", "rows"), [(0, 0), (2, 1), (-1, 3)])
def test_no_share_has_no_interval(hits: int, rows: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(hits, rows, confidence=0.95)
