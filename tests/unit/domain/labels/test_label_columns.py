from __future__ import annotations

import pytest

from tests.fakes.samples import spec
from tideline.domain.labels.label_columns import label_columns


def test_a_row_is_keyed_by_id_or_by_the_specs_entity() -> None:
    columns = label_columns(spec(entity="customer", time="asked"))

    assert columns.keys == ("prediction_id", "customer")
    assert (columns.target, columns.time, columns.labelled_at) == ("spent", "asked", "labelled_at")
    assert columns.is_number


def test_a_private_entity_names_no_prediction() -> None:
    plan = {"plan": {"type": "category", "private": True}}

    assert label_columns(spec(entity="plan", features=plan)).keys == ("prediction_id",)


@pytest.mark.parametrize("name", ["labelled_at", "Labelled_At"])
def test_a_column_has_one_meaning(name: str) -> None:
    assert label_columns(spec(target=name)).labelled_at is None
    assert label_columns(spec(time=name)).time is None
    assert label_columns(spec(entity="prediction_id")).keys == ("prediction_id",)
