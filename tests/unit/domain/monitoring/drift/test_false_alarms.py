"""What is promised of windows drawn from the reference itself, and what is found of those that are not.

Rows are drawn one by one: autocorrelated traffic is another question, which no test on counts can answer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from tests.unit.domain.monitoring.samples import reference, window
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.drift.compare_columns import compare_columns
from tideline.domain.monitoring.record import ColumnDrift
from tideline.domain.monitoring.reference import MonitoringReference

WINDOWS = 200
Draw = Callable[[np.random.Generator, int], object]


def numbers(draw: Callable[[np.random.Generator, int], np.ndarray], missing: float = 0.0) -> Draw:
    def column(random: np.random.Generator, rows: int) -> np.ndarray:
        values = draw(random, rows).astype(np.float32)
        values[random.random(rows) < missing] = np.nan
        return values

    return column


def texts(*shares: float, missing: float = 0.0) -> Draw:
    values = np.array([None, *(f"v{at}" for at in range(len(shares)))], dtype=object)
    weights = np.array([missing, *np.array(shares) / sum(shares) * (1 - missing)])
    return lambda random, rows: values[random.choice(len(values), size=rows, p=weights)].tolist()


COLUMNS: dict[str, Draw] = {
    "normal": numbers(lambda random, rows: random.normal(size=rows)),
    "uniform": numbers(lambda random, rows: random.random(rows)),
    "lognormal": numbers(lambda random, rows: random.lognormal(0, 2, rows)),
    "cauchy": numbers(lambda random, rows: random.standard_cauchy(rows)),
    "pareto": numbers(lambda random, rows: random.pareto(1, rows)),
    "poisson": numbers(lambda random, rows: random.poisson(2, rows)),
    "dice": numbers(lambda random, rows: random.integers(1, 7, rows)),
    "flag": numbers(lambda random, rows: random.random(rows) < 0.03),
    "constant": numbers(lambda random, rows: np.full(rows, 7.0)),
    "zeros": numbers(lambda random, rows: random.exponential(size=rows) * (random.random(rows) < 0.08)),
    "mixture": numbers(lambda random, rows: random.normal(5 * (random.random(rows) < 0.3), 1)),
    "gaps": numbers(lambda random, rows: random.normal(size=rows), missing=0.2),
    "rarely": numbers(lambda random, rows: random.normal(size=rows), missing=0.001),
    "never": numbers(lambda random, rows: np.zeros(rows), missing=1.0),
    "even": texts(1, 1, 1, 1),
    "skewed": texts(*[0.5**at for at in range(12)]),
    "many": texts(*[1.0] * 200),
    "zipf": texts(*[1 / at for at in range(1, 400)]),
    "names": texts(*[1.0] * 20_000),
    "patchy": texts(3, 2, 1, missing=0.1),
    "one": texts(1),
}


@pytest.fixture(scope="module")
def against() -> MonitoringReference:
    random = np.random.default_rng(20)
    return reference({name: draw(random, 20_000) for name, draw in COLUMNS.items()})


@pytest.fixture(scope="module")
def windows(against) -> list[WindowCounts]:
    random = np.random.default_rng(21)
    sizes = random.integers(500, 1001, size=WINDOWS)
    return [
        window(against, {name: draw(random, int(rows)) for name, draw in COLUMNS.items()}) for rows in sizes
    ]


def looks(against, windows, **limits) -> list[tuple[ColumnDrift, ...]]:
    return [compare_columns(counts, against, min_rows=500, **limits) for counts in windows]


def alarms(found: list[tuple[ColumnDrift, ...]]) -> int:
    return sum(any(column.has_drifted for column in columns) for columns in found)


@pytest.mark.parametrize(("psi", "false_alarms"), [(1e-9, 0.01), (1e-9, 0.2), (0.05, 0.05)])
def test_no_more_windows_cry_wolf_than_promised(against, windows, psi, false_alarms):
    """Nothing has drifted, so that every finding is false: their share is the share of windows with any.

    With a tiny limit of the index the test alone decides.
    """
    count = alarms(looks(against, windows, psi=psi, false_alarms=false_alarms))
    assert stats.binomtest(count, WINDOWS, false_alarms, "greater").pvalue > 0.01


def test_no_column_cries_wolf_oftener_than_the_others(against, windows):
    """At 10 % a column, unadjusted; the exact bound for as many columns."""
    found = looks(against, windows, psi=1e-9, false_alarms=0.05)
    assert stats.binomtest(alarms(found), WINDOWS, 0.05, "greater").pvalue > 0.01
    for name in COLUMNS:
        p_values = [one.p_value for columns in found for one in columns if one.name == name]
        count = sum(p_value <= 0.1 for p_value in p_values)
        assert stats.binomtest(count, WINDOWS, 0.1, "greater").pvalue > 0.05 / len(COLUMNS), name


def test_with_a_usual_limit_of_the_index_none_does(against, windows):
    assert alarms(looks(against, windows, psi=0.1, false_alarms=0.05)) == 0


def test_windows_one_after_the_other_cry_wolf_less(against, windows):
    """With a day of hourly looks as the family, 5 % hold for about the day and not for each hour."""
    earlier: list[list[float]] = []
    count = 0
    for counts in windows:
        found = compare_columns(
            counts,
            against,
            min_rows=500,
            psi=1e-9,
            false_alarms=0.05,
            earlier=[p_value for p_values in earlier[-24:] for p_value in p_values],
        )
        count += any(column.has_drifted for column in found)
        earlier.append([column.p_value for column in found if column.p_value is not None])
    assert stats.binomtest(count, WINDOWS, 0.05 / 24 * 2, "greater").pvalue > 0.01


SHIFTED: dict[str, Draw] = {
    "normal": numbers(lambda random, rows: random.normal(0.8, 1, rows)),
    "lognormal": numbers(lambda random, rows: 4 * random.lognormal(0, 2, rows)),
    "cauchy": numbers(lambda random, rows: 3 * random.standard_cauchy(rows)),
    "poisson": numbers(lambda random, rows: random.poisson(3, rows)),
    "flag": numbers(lambda random, rows: random.random(rows) < 0.2),
    "constant": numbers(lambda random, rows: np.full(rows, 8.0)),
    "rarely": numbers(lambda random, rows: random.normal(size=rows), missing=0.12),
    "even": texts(6, 1, 1, 1),
    "zipf": texts(*[1 / (40 - at) for at in range(40)]),
    "one": lambda random, rows: random.choice(["v0", "else"], p=[0.9, 0.1], size=rows).tolist(),
}


def test_known_shifts_are_found_and_hardly_anything_else_is(against):
    random = np.random.default_rng(22)
    found, false = dict.fromkeys(SHIFTED, 0), 0
    for _ in range(20):
        columns = {name: SHIFTED.get(name, draw)(random, 500) for name, draw in COLUMNS.items()}
        looked = compare_columns(window(against, columns), against, min_rows=500, psi=0.2, false_alarms=0.05)
        for column in looked:
            if column.name in SHIFTED:
                found[column.name] += column.has_drifted
            else:
                false += column.has_drifted
    assert found == dict.fromkeys(SHIFTED, 20)
    assert false == 0


def test_rows_that_depend_on_each_other_make_p_values_too_small_and_the_index_hold_back(against):
    """What a p-value cannot tell: 1,000 rows of 50 customers are 50 rows, and the test believes them all."""
    random = np.random.default_rng(23)
    sure = large = 0
    for _ in range(100):
        rows = np.repeat(random.normal(size=200), 5)
        counts = window(against, {"normal": rows})
        found = next(
            column
            for column in compare_columns(counts, against, min_rows=500, psi=0.2, false_alarms=0.05)
            if column.name == "normal"
        )
        sure += found.adjusted <= 0.05
        large += found.has_drifted
    assert sure > 20
    assert large < 10
