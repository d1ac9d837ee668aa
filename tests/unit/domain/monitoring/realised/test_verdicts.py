from __future__ import annotations

import math
import random
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.looks import realised
from tideline.domain.monitoring.realised.verdicts import with_verdicts
from tideline.domain.monitoring.record import RealisedQuality

# P-value, whether the period is mature, what was said of it before.
Drawn: TypeAlias = tuple[float | None, bool, bool]
ALPHA = 0.025
P_VALUES = st.one_of(st.none(), st.sampled_from([0.0, 0.001, 0.004, 0.02, 0.025]), st.floats(0, 1))
PERIODS = st.lists(st.tuples(P_VALUES, st.booleans(), st.booleans()), max_size=12)


def periods(drawn: list[Drawn]) -> list[RealisedQuality]:
    return [
        realised(day, p_value=p_value, mature=mature, dropped=dropped)
        for day, (p_value, mature, dropped) in enumerate(drawn)
    ]


@given(PERIODS, st.randoms(use_true_random=False))
def test_the_order_of_periods_and_what_was_said_before_change_no_verdict(
    drawn: list[Drawn], order: random.Random
) -> None:
    given_ = periods(drawn)
    shuffled = order.sample(given_, len(given_))
    said = {period.since: period for period in with_verdicts(given_, alpha=ALPHA)}
    again = with_verdicts([one.model_copy(update={"dropped": False}) for one in shuffled], alpha=ALPHA)

    assert {period.since: period for period in again} == said
    assert [period.since for period in again] == [period.since for period in shuffled]


@given(PERIODS)
def test_a_share_of_the_mature_periods_is_found_as_the_procedure_says(drawn: list[Drawn]) -> None:
    """Benjamini & Hochberg as they wrote it: the largest k of which p(k) <= k / m * q."""
    found = with_verdicts(periods(drawn), alpha=ALPHA)
    tested = sorted(p_value for p_value, mature, _ in drawn if mature and p_value is not None)
    bars = [p for k, p in enumerate(tested, start=1) if p * len(tested) / k <= ALPHA]
    bar = max(bars, default=-math.inf)

    expected = [mature and p_value is not None and p_value <= bar for p_value, mature, _ in drawn]
    assert [period.dropped for period in found] == expected


def test_one_of_many_quiet_periods_has_to_be_much_surer() -> None:
    one: Drawn = (0.004, True, False)
    quiet: list[Drawn] = [(0.5, True, False)] * 30

    assert with_verdicts(periods([one]), alpha=ALPHA)[0].dropped
    assert not with_verdicts(periods([one, *quiet]), alpha=ALPHA)[0].dropped
    assert with_verdicts(periods([one, *((p, False, False) for p, _, _ in quiet)]), alpha=ALPHA)[0].dropped
