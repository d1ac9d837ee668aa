from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.samples import order, sha
from tests.unit.domain.release.capsules import TRIAL, capsule, fitted
from tideline.domain.release.reproduction import Change, MetricChange, compare, reproduction_order

THEN = {"r2": 0.8, "neg_mean_absolute_error": -2_000.0}


def test_the_order_is_the_versions_own_under_another_name() -> None:
    wanted = reproduction_order(capsule(), name="churn-d1-s1-r20260301120000")

    assert wanted.order == order().model_copy(update={"run_id": "churn-d1-s1-r20260301120000"})
    assert wanted.results == (TRIAL,)
    assert wanted.expected_sha256 == sha("artifact 1")


def test_the_same_bytes_need_no_metrics() -> None:
    found = compare(capsule(), fitted(), then=THEN, now={})

    assert found.identical
    assert found.within_tolerance
    assert (found.metrics, found.changes) == ((), ())


def test_other_bytes_are_compared_by_every_metric() -> None:
    now = {"r2": 0.803, "neg_mean_absolute_error": -2_009.0}
    found = compare(capsule(), fitted(sha256=sha("other")), then=THEN, now=now)

    assert not found.identical
    assert found.within_tolerance
    assert [metric.name for metric in found.metrics] == ["r2", "neg_mean_absolute_error"]


@pytest.mark.parametrize(
    ("then", "now", "within"),
    [
        (0.8, 0.8049, True),
        (0.8, 0.8051, False),
        (-2_000.0, -2_010.0, True),
        (-2_000.0, -2_011.0, False),
        (None, None, True),
        (0.8, None, False),
        (None, 0.8, False),
    ],
)
def test_a_metric_is_within_the_tolerance_or_not(then: float | None, now: float | None, within: bool) -> None:
    (found,) = compare(capsule(), fitted(sha256=sha("other")), then={"r2": then}, now={"r2": now}).metrics

    assert found == MetricChange(name="r2", then=then, now=now, within=within)


def test_one_metric_beyond_the_tolerance_is_enough() -> None:
    found = compare(capsule(), fitted(sha256=sha("other")), then=THEN, now={**THEN, "r2": 0.7})

    assert not found.within_tolerance


def test_other_bytes_without_metrics_are_not_within_the_tolerance() -> None:
    assert not compare(capsule(), fitted(sha256=sha("other")), then=THEN, now={}).within_tolerance


def test_everything_that_has_changed_is_named() -> None:
    now = fitted(
        code_sha256=sha("newer code"),
        platform={"python": "3.13.2", "machine": "aarch64"},
        library_versions={"numpy": "2.5.0", "scipy": "1.17.1"},
    )

    assert compare(capsule(), now, then=THEN, now={}).changes == (
        Change(what="code", then=sha("code"), now=sha("newer code")),
        Change(what="python", then="3.13.1", now="3.13.2"),
        Change(what="numpy", then="2.4.6", now="2.5.0"),
        Change(what="onnx", then="1.23.2", now=""),
        Change(what="scipy", then="", now="1.17.1"),
    )


@given(st.floats(-1e9, 1e9), st.floats(0, 1))
def test_a_metric_is_always_within_reach_of_itself(value: float, tolerance: float) -> None:
    found = compare(
        capsule(), fitted(sha256=sha("other")), then={"m": value}, now={"m": value}, tolerance=tolerance
    )

    assert found.within_tolerance
