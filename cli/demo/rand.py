"""The RAND Health Insurance Experiment, as it comes with statsmodels, under names that say what they mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from math import exp

TARGET = "saw_doctor"
_HEALTH = ("hlthg", "hlthf", "hlthp")
_RATINGS = ("good", "fair", "poor")
# Tenths of the families whose rows have come by the end of each drop, of those that pay a share and of those
# whose care is free: at first most of the one and few of the other, at last only the other.
_PAYING = (6, 10, 10)
_FREE = (1, 2, 10)


def rand_rows() -> Iterator[tuple[dict[str, str], int]]:
    """Yield every person-year, and the drop it belongs to, 0 to 2; a person's years stay together."""
    # pandas and statsmodels take two seconds to import.
    from statsmodels.datasets import randhie  # noqa: PLC0415

    records = [
        {str(name): float(value) for name, value in record.items()}
        for record in randhie.load_pandas().data.to_dict("records")
    ]
    for record, person in zip(records, _persons(records), strict=True):
        tenth = hashlib.sha256(f"person {person}".encode()).digest()[0] % 10
        come = _FREE if record["lncoins"] == 0 else _PAYING
        yield _named(record), next(drop for drop, tenths in enumerate(come) if tenth < tenths)


def _persons(records: list[dict[str, float]]) -> list[int]:
    """Number the persons: rows of one follow each other, and differ in the visits only."""
    persons = [0]
    for before, after in pairwise(records):
        same = all(before[name] == after[name] for name in before if name != "mdvis")
        persons.append(persons[-1] + (not same))
    return persons


def _named(record: dict[str, float]) -> dict[str, str]:
    rating = next((word for name, word in zip(_HEALTH, _RATINGS, strict=True) if record[name]), "excellent")
    return {
        TARGET: "yes" if record["mdvis"] > 0 else "no",
        "coinsurance": f"{exp(record['lncoins']) - 1:.0f}",
        "deductible_plan": "yes" if record["idp"] else "no",
        "log_incentive": f"{record['lpi']:.4f}",
        "log_max_expenditure": f"{record['fmde']:.4f}",
        "physical_limitation": f"{record['physlm']:.4f}",
        "chronic_diseases": f"{record['disea']:.4f}",
        "self_rated_health": rating,
    }
