"""One line, two classes: predict writes it without pydantic, capture reads it into the table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.capture import CaptureWorld, line
from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import Serving, plain
from tideline.domain import prediction_log as contract
from tideline.domain.prediction_log import LoggedCall
from tideline.errors import StorageUnavailable
from tideline.serving import prediction_log
from tideline.serving.deployment import Feature
from tideline.serving.prediction_log import is_sampled

_ROLLOUT = {"release_id": "churn-v4-a", "step": 2}


def _alone(serving: Serving) -> None:
    serving.ask(GOOD | {"customer": "c-1"}, GOOD | {"income": None, "city": None}, key=None)


def _by_a_challenger(serving: Serving) -> None:
    versions = [plain(3), plain(4, "challenger", scale=0.02, slots=((0, 100),))]
    serving.put(versions, generation=2, rollout=_ROLLOUT)
    serving.ask(GOOD)


def _by_who_stands_in(serving: Serving) -> None:
    challenger, _ = plain(4, "challenger", slots=((0, 100),))
    serving.put([plain(3), (challenger, StorageUnavailable("away"))], generation=2, rollout=_ROLLOUT)
    serving.ask(GOOD)


def _failed(serving: Serving) -> None:
    content = samples.artifact("regression", infinite=True)
    serving.put([(samples.version(content, 3, task="regression"), content)], generation=2)
    assert serving.problem(GOOD).status == 503


def _beside_shadows(serving: Serving) -> None:
    broken = plain(6, "shadow")[0]
    versions = [plain(3), plain(5, "shadow", scale=0.03), (broken, StorageUnavailable("away"))]
    serving.put(versions, generation=2, rollout=_ROLLOUT)
    serving.ask(GOOD, GOOD)
    serving.shadows_end()


def _sampled(serving: Serving) -> None:
    serving.put([plain(3)], generation=2, capture={"sample": 0.5, "salt": "s"})
    for number in range(20):
        serving.random = number.to_bytes(8)
        serving.ask(GOOD, request_id=str(number))


def _private(serving: Serving) -> None:
    city = Feature("city", "category", required=False, private=True)
    income = Feature("income", "number", required=False, private=True)
    promised = samples.signature("regression", (samples.AGE, income, samples.PLAN, city))
    serving.put([plain(3, signature=promised)], generation=2, capture={"sample": 1, "salt": "s"})
    serving.ask(GOOD)


def _split(serving: Serving) -> None:
    serving.ask(*[GOOD | {"city": "x" * 4_000}] * 300)


_CALLS: list[tuple[Callable[[Serving], None], int, int]] = [
    # What is called, the lines and the rows that come of it.
    (_alone, 1, 2),
    (_by_a_challenger, 1, 1),
    (_by_who_stands_in, 2, 2),
    (_failed, 1, 1),
    (_beside_shadows, 3, 5),
    (_sampled, (sampled := sum(is_sampled(str(n), share=0.5) for n in range(20))), sampled),
    (_private, 1, 1),
    (_split, 6, 300),
]


def _lines(call: Callable[[Serving], None]) -> list[str]:
    serving = Serving("regression")
    call(serving)
    return serving.lines


def test_both_sides_name_one_edition() -> None:
    assert prediction_log.SCHEMA_VERSION == contract.SCHEMA_VERSION


@pytest.mark.parametrize(("call", "count", "rows"), _CALLS)
def test_every_line_of_predict_is_a_call_of_the_contract_and_nothing_is_lost(
    call: Callable[[Serving], None], count: int, rows: int
) -> None:
    lines = _lines(call)
    assert len(lines) == count
    for text in lines:
        # What the contract does not know would be an error, and what it defaults may be left out.
        read = LoggedCall.model_validate_json(text)
        kept = read.model_dump(mode="json")
        assert _without_nulls(kept) == _without_nulls(json.loads(text))
        assert set(json.loads(text)) == set(LoggedCall.model_fields)


@pytest.mark.parametrize(("call", "count", "rows"), _CALLS)
def test_capture_reads_every_line_into_the_table(
    call: Callable[[Serving], None], count: int, rows: int
) -> None:
    lines, world = _lines(call), CaptureWorld()
    receipt = world.capture()(line(text, str(index)) for index, text in enumerate(lines))
    assert (receipt.calls, receipt.malformed, receipt.too_new) == (count, (), ())
    table = world.table()
    assert len(table) == rows
    for record in map(json.loads, lines):
        if record["error"] is not None:
            row = table[(f"{record['request_id']}/{record['version']}", record["version"])]
            assert (row["error"], row["value"], row["role"]) == (record["error"], None, record["role"])
        for prediction in record["predictions"]:
            row = table[(prediction["prediction_id"], record["version"])]
            assert (row["value"], row["role"], row["instead_of"], row["request_id"]) == (
                prediction["value"],
                record["role"],
                record["instead_of"],
                record["request_id"],
            )
            given = {name: value for name, value in prediction["features"].items() if value is not None}
            assert dict(row["numbers"]) | dict(row["categories"]) == given


def test_other_lines_of_predict_are_no_predictions_to_capture(capsys: pytest.CaptureFixture[str]) -> None:
    _lines(_by_who_stands_in)
    _lines(_beside_shadows)
    # A shadow's metric may come a moment after its record.
    time.sleep(0.05)
    others = capsys.readouterr().out.splitlines()
    assert len(others) >= 3
    receipt = CaptureWorld().capture()(line(text) for text in others)
    assert (receipt.calls, receipt.keys, receipt.malformed) == (0, (), ())


def _without_nulls(found: Any) -> Any:
    """Leave out nulls, but for those among features."""
    if isinstance(found, list):
        return [_without_nulls(each) for each in found]
    if not isinstance(found, dict):
        return found
    return {
        name: value if name == "features" else _without_nulls(value)
        for name, value in found.items()
        if value is not None
    }
