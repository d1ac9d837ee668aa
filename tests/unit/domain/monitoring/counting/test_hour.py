from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.fakes.monitoring import NOON, reference
from tideline.domain import keys
from tideline.domain.monitoring.counting.hour import hour_in_key, hour_of, sources_of


def test_the_hour_of_a_file_is_read_off_its_key() -> None:
    key = keys.predictions_prefix("churn", NOON) + "abc.parquet"
    assert hour_in_key(key) == hour_of(NOON) == datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("key", ["churn/labels/a.parquet", "churn/predictions/date=2026-03-02/a.parquet"])
def test_other_keys_have_no_hour(key: str) -> None:
    with pytest.raises(ValueError, match="no file"):
        hour_in_key(key)


def test_counts_hold_for_the_same_files_in_any_order() -> None:
    assert sources_of(["a", "b"], reference(), ["x"]) == sources_of(["b", "a"], reference(), ["x"])


def test_counts_do_not_hold_for_other_files_another_reference_or_other_features() -> None:
    first = sources_of(["a"], reference(), ["x"])
    assert first != sources_of(["a", "b"], reference(), ["x"])
    assert first != sources_of(["a"], reference(artifact_sha256="other"), ["x"])
    assert first != sources_of(["a"], reference(), ["x", "y"])
    assert first != sources_of(["a", "x"], reference(), [])
