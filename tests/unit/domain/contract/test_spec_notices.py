from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.samples import spec
from tideline.domain.contract.spec_notices import notices


def test_a_plain_spec_has_nothing_to_notice() -> None:
    assert notices(spec()) == ()
    assert notices(spec(release={"approval": "required", "approval_within": "2d"})) == ()


def test_monitoring_is_done_and_so_not_noticed() -> None:
    assert notices(spec(monitoring={"every": "2h"})) == ()


def test_slices_and_fairness_are_judged_and_so_not_noticed() -> None:
    fairness = {"attributes": ["age"], "metric": "mean_error", "max_gap": 5}
    assert notices(spec(evaluation={"slices": ["age"], "fairness": fairness})) == ()


@pytest.mark.parametrize(("field", "value"), [("training", {"compute": "batch"})])
def test_a_field_without_effect_is_named(field: str, value: dict[str, Any]) -> None:
    (notice,) = notices(spec(**{field: value}))
    assert notice.startswith(f"{field}")
