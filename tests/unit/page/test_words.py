from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.evidence import interval
from tideline.domain.contract.spec import METRICS as DECIDING
from tideline.page.words import METRICS, difference, measured, number, printable, size


@pytest.mark.parametrize(
    ("estimate", "half", "text"),
    [
        (0.92493, 0.00715, "0.925 (0.918 to 0.932)"),
        (49123.4, 600.0, "49,123 (48,523 to 49,723)"),
        (-0.5, 0.0, "\N{MINUS SIGN}0.5000 (\N{MINUS SIGN}0.5000 to \N{MINUS SIGN}0.5000)"),
        (1.0, 1e-9, "1.0000000 (1.0000000 to 1.0000000)"),
    ],
)
def test_an_estimate_has_the_decimals_that_its_interval_supports(
    estimate: float, half: float, text: str
) -> None:
    assert measured(interval(estimate, half=half)) == text


def test_differences_have_signs() -> None:
    assert difference(interval(0.001, half=0.015)) == "+0.001 (\N{MINUS SIGN}0.014 to +0.016)"


def test_nothing_is_a_dash() -> None:
    assert number(None) == measured(None) == difference(None) == "\N{EN DASH}"


@given(st.text())
def test_a_printable_text_has_no_character_that_hides(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert all(
        character.isprintable() or unicodedata.category(character) == "Zs" or character == "\n"
        for character in shown
    )


def test_sizes() -> None:
    assert [size(value) for value in (900, 52_300, 5_000_000)] == ["900 B", "51.1 KiB", "4.8 MiB"]


def test_every_metric_is_explained() -> None:
    assert {name for names in DECIDING.values() for name in names} <= METRICS.keys()
