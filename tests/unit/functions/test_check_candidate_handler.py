from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from check_candidate import wiring
from check_candidate.handler import handler
from tideline.errors import PreflightFailed
from tideline.serving.preflight import PreflightReport

_CONTEXT: Any = SimpleNamespace(
    aws_request_id="r-1",
    function_name="check",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-central-1:000000000000:function:check",
)
_ORDER = {"model": "churn", "version": 3, "release_id": "churn-v3-0123abcd4567", "generation": 0}


def test_it_reports_what_was_checked() -> None:
    asked: list[tuple[str, int]] = []

    def check(model: str, version: int) -> PreflightReport:
        asked.append((model, version))
        return PreflightReport("ab" * 32, 20, 12.5, 0.2)

    answer = handler(_ORDER, _CONTEXT, check_candidate=check)  # type: ignore[arg-type]
    assert answer == {"sha256": "ab" * 32, "golden_rows": 20, "load_ms": 12.5, "row_ms": 0.2}
    assert asked == [("churn", 3)]


def test_a_failed_check_fails_the_state_by_name() -> None:
    def check(model: str, version: int) -> PreflightReport:
        raise PreflightFailed("row 2: expected 1, got 2")

    with pytest.raises(PreflightFailed, match="PreflightFailed: row 2"):
        handler(_ORDER, _CONTEXT, check_candidate=check)  # type: ignore[arg-type]


def test_it_is_wired_to_the_lake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_LAKE_BUCKET", "lake")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    wiring.check_candidate.cache_clear()
    assert wiring.check_candidate() is wiring.check_candidate()
