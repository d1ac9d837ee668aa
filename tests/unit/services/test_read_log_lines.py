from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.capture import call, line
from tests.fakes.samples import MODEL
from tideline.services.read_log_lines import ReadLines, read_log_lines


def read(*contents: dict[str, Any] | str) -> ReadLines:
    return read_log_lines(line(content, f"id{n}") for n, content in enumerate(contents))


def test_lines_that_are_no_predictions_are_skipped() -> None:
    found = read("START RequestId: 1", '{"level":"INFO","message":"hello"}', '{"type":"prediction-like"}', "")

    assert (found.calls, found.malformed, found.too_new) == ([], [], [])


def test_a_line_that_only_speaks_of_predictions_is_skipped() -> None:
    assert read('{"type": "log", "about": "prediction"}').malformed == []


def test_lines_of_the_first_schema_are_kept() -> None:
    old = call(1, schema_version=1)
    for absent in ("release_id", "step", "error", "instead_of"):
        del old[absent]
    del old["predictions"][0]["entity"]

    (found,) = read(old).calls
    assert (found.model, found.release_id, found.step, found.error) == (MODEL, "", 0, None)


def test_lines_of_a_newer_schema_are_told_and_not_called_malformed() -> None:
    shaped_alike, otherwise = call(1, schema_version=3), call(2, schema_version=3, traffic={"a": 1})

    found = read(shaped_alike, call(3), otherwise)
    assert found.too_new == ["id0", "id2"]
    assert (len(found.calls), found.malformed) == (1, [])


@pytest.mark.parametrize(
    ("content", "model", "told"),
    [
        (json.dumps(call(1))[:-20], "", "not JSON"),
        (call(1, latency_ms="slow"), MODEL, "latency_ms"),
        (call(1, role="king"), MODEL, "role"),
        (call(1, unknown=1), MODEL, "unknown"),
        (call(1, model="../x"), "", "name"),
        (call(1, model=7), "", "model"),
        (call(1, version=2**31), MODEL, "version"),
        (call(1, version=-1), MODEL, "version"),
        (call(1, instead_of=2**40), MODEL, "instead_of"),
        (call(1, time=10**18), MODEL, "time"),
    ],
)
def test_a_malformed_line_says_why_and_loses_no_other(
    content: dict[str, Any] | str, model: str, told: str
) -> None:
    found = read(call(2), content, call(3))

    assert [made.request_id for made in found.calls] == ["r2", "r3"]
    (malformed,) = found.malformed
    assert (malformed.line.id, malformed.model) == ("id1", model)
    assert told in malformed.problem


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from(["model", "time", "version", "key", "predictions", "schema_version", "type"]),
)
def test_whatever_a_field_holds_reading_goes_on(value: object, name: str) -> None:
    found = read(call(1) | {name: value}, call(2))

    assert [made.request_id for made in found.calls][-1:] == ["r2"]
