from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.release.judging.evidence import Outcomes


@pytest.mark.parametrize(
    ("classes", "named"),
    [
        (("not high", "high"), ["not high", "high", None]),
        (("low", "high"), ["middle", "high", None]),
        ((), ["middle", "high", None]),
    ],
)
def test_a_negative_class_may_be_all_the_rest(classes: tuple[str, ...], named: list[str | None]) -> None:
    outcomes = Outcomes(np.array(["middle", "high", None], dtype=object), np.full(3, np.nan))

    assert outcomes.named(classes).labels.tolist() == named
