from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.costs.cost import Cost, cost_of
from tideline.domain.costs.prices import us_east_1
from tideline.domain.costs.usage import FunctionUse, Usage

COUNTS = st.integers(min_value=0, max_value=10**9)
USES = st.builds(
    FunctionUse,
    state=st.sampled_from(["Prepare", "Trial"]),
    calls=COUNTS,
    billed_ms=COUNTS,
    memory_mb=st.integers(min_value=128, max_value=10240),
)
USAGES = st.builds(
    Usage,
    functions=st.lists(USES, max_size=3).map(tuple),
    transitions=COUNTS,
    objects=COUNTS,
    stored_bytes=COUNTS,
)
ARM = us_east_1("arm64")


def parts(cost: Cost) -> tuple[float, ...]:
    return (
        cost.compute_usd,
        cost.requests_usd,
        cost.transitions_usd,
        cost.writes_usd,
        cost.storage_usd,
    )


def test_a_cost_worked_out_by_hand() -> None:
    use = FunctionUse(state="Fit", calls=2, billed_ms=60_000, memory_mb=2048)
    cost = cost_of(Usage(functions=(use,), transitions=10, objects=4, stored_bytes=2**29), ARM)
    assert use.gb_seconds == 120
    assert parts(cost) == pytest.approx((120 * 0.0000133334, 0.4e-6, 0.00025, 0.00002, 0.0115))
    assert cost.total_usd == pytest.approx(0.01337041)
    assert cost.prices == "us-east-1 arm64 2026-05-11"


@given(USAGES, USAGES)
def test_what_two_used_costs_what_both_cost(one: Usage, other: Usage) -> None:
    both = Usage(
        functions=one.functions + other.functions,
        transitions=one.transitions + other.transitions,
        objects=one.objects + other.objects,
        stored_bytes=one.stored_bytes + other.stored_bytes,
    )
    apart = cost_of(one, ARM).total_usd + cost_of(other, ARM).total_usd
    assert cost_of(both, ARM).total_usd == pytest.approx(apart)


@given(USAGES)
def test_a_cost_is_the_sum_of_its_parts_and_never_negative(usage: Usage) -> None:
    cost = cost_of(usage, ARM)
    assert min(parts(cost)) >= 0
    assert cost.total_usd == pytest.approx(sum(parts(cost)))
    assert Cost.model_validate_json(cost.model_dump_json()) == cost


@given(USAGES)
def test_on_x86_only_computing_costs_more(usage: Usage) -> None:
    arm, x86 = cost_of(usage, ARM), cost_of(usage, us_east_1("x86_64"))
    assert x86.compute_usd >= arm.compute_usd
    assert parts(x86)[1:] == parts(arm)[1:]


def test_prices_say_where_they_are_from() -> None:
    assert all(source.startswith("https://aws.amazon.com/") for source in ARM.sources)
    assert ARM.as_of.isoformat() in ARM.name
