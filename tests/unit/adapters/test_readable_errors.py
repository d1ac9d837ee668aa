"""Errors as Lambda, Step Functions and MiniStack spell them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.adapters.stepfunctions_engine import readable


def lambda_cause(kind: str, message: str) -> str:
    return json.dumps({"errorMessage": message, "errorType": kind, "requestId": "6f", "stackTrace": ["..."]})


@pytest.mark.parametrize(
    ("error", "cause", "name", "text"),
    [
        # Lambda, an error of ours and one of Python's.
        (
            "TrainingImpossible",
            lambda_cause("TrainingImpossible", "TrainingImpossible: one class"),
            "TrainingImpossible",
            "one class",
        ),
        ("KeyError", lambda_cause("KeyError", "'x'"), "KeyError", "'x'"),
        ("ValueError", lambda_cause("ValueError", "Row 3: no number"), "ValueError", "Row 3: no number"),
        ("ValueError", lambda_cause("ValueError", "Row: no number"), "ValueError", "Row: no number"),
        # MiniStack 1.5.33 knows no types.
        (
            "Runtime.HandlerError",
            lambda_cause("Runtime.HandlerError", "ParityBroken: differs by 0.5"),
            "ParityBroken",
            "differs by 0.5",
        ),
        (
            "Runtime.HandlerError",
            lambda_cause("Runtime.HandlerError", "something else"),
            "Runtime.HandlerError",
            "something else",
        ),
        # Lambda itself: a timeout, a killed process.
        (
            "Sandbox.Timedout",
            lambda_cause("Sandbox.Timedout", "RequestId: 6f Error: Task timed out after 900.00 seconds"),
            "Sandbox.Timedout",
            "RequestId: 6f Error: Task timed out after 900.00 seconds",
        ),
        (
            "Lambda.Unknown",
            json.dumps({"errorMessage": "RequestId: 6f Process exited before completing request"}),
            "Lambda.Unknown",
            "RequestId: 6f Process exited before completing request",
        ),
        (
            "Runtime.ExitError",
            "RequestId: 6f Error: signal: killed",
            "Runtime.ExitError",
            "RequestId: 6f Error: signal: killed",
        ),
        # Step Functions itself.
        (
            "States.DataLimitExceeded",
            "The state returned too much",
            "States.DataLimitExceeded",
            "The state returned too much",
        ),
        ("States.Timeout", "", "States.Timeout", ""),
        ("States.TaskFailed", "PreflightFailed: row 3 differs", "PreflightFailed", "row 3 differs"),
        ("", "", "Unknown", ""),
        ("", "ParityBroken: differs", "ParityBroken", "differs"),
        ("", "[1, 2]", "Unknown", "[1, 2]"),
        ("X", json.dumps({"other": 1}), "X", '{"other": 1}'),
        ("SpecInvalid", "SpecInvalid: two\nlines", "SpecInvalid", "two\nlines"),
    ],
)
def test_name_and_message_are_found(error: str, cause: str, name: str, text: str) -> None:
    assert readable(error, cause) == (name, text)


@given(st.text(), st.text())
def test_no_error_is_unreadable(error: str, cause: str) -> None:
    name, text = readable(error, cause)
    assert name
    assert text in cause
