from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predict import wiring
from predict.handler import handler
from predict.settings import Settings
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import Serving

_CONTEXT = SimpleNamespace(aws_request_id="r-1")
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["gold", "\0"])
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*GOOD, "customer", "instances", "key", "x"]) | st.text(max_size=4),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


def _event(body: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "headers": {"content-type": "application/json"},
        "pathParameters": {"model": "churn"},
        "body": body,
        "isBase64Encoded": False,
    } | changes


def _ask(event: dict[str, Any], serving: Serving | None = None) -> tuple[int, Any]:
    answer = handler(event, _CONTEXT, predict=(serving or Serving()).predict)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_call_is_answered() -> None:
    status, answer = _ask(_event(json.dumps({"instances": [GOOD]})))
    assert status == 200
    assert answer["predictions"][0]["value"] in {"no", "yes"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"body": "not json"}, 400),
        ({"body": "\ufeff{}"}, 400),
        ({"body": None}, 400),
        ({"isBase64Encoded": True}, 400),
        ({"headers": {"content-type": "text/csv"}}, 415),
        ({"pathParameters": {"model": "unknown"}}, 404),
        ({"pathParameters": {"model": "../etc"}}, 404),
        ({"pathParameters": None}, 404),
        ({"body": json.dumps({"instances": [{}] * 10_000})}, 413),
        ({"body": json.dumps({"instances": [GOOD | {"age": True}]})}, 422),
        ({"body": '{"instances": [{"age": 1e400}]}'}, 422),
    ],
)
def test_bad_calls_are_problems(changes: dict[str, Any], status: int) -> None:
    found, problem = _ask(_event(json.dumps({"instances": [GOOD]})) | changes)
    assert (found, problem["status"]) == (status, status)
    assert problem["instance"] == "urn:tideline:request:r-1"


def test_a_fault_names_instance_field_and_reason() -> None:
    _, problem = _ask(_event(json.dumps({"instances": [GOOD, GOOD | {"age": "NaN"}]})))
    assert problem["errors"] == [{"instance": 1, "field": "age", "reason": "must be a number, not a text"}]


_SERVING = Serving()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(_JSON, st.fixed_dictionaries({"instances": st.lists(_JSON, max_size=3)})))
def test_no_json_document_makes_it_fail(document: Any) -> None:
    status, answer = _ask(_event(json.dumps(document)), _SERVING)
    assert status in {200, 400, 413, 422}
    if status == 200:
        probabilities = [entry["probabilities"] for entry in answer["predictions"]]
        assert all(0 <= share <= 1 for entry in probabilities for share in entry.values())


@settings(max_examples=200)
@given(st.text(max_size=60), st.booleans(), st.sampled_from([None, "application/json", "text/plain"]))
def test_no_text_makes_it_fail(body: str, encoded: bool, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    status, _ = _ask(_event(body, isBase64Encoded=encoded, headers=headers), _SERVING)
    assert status in {400, 415, 422}


def test_an_unexpected_error_is_a_problem_without_its_stack(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError("a secret")

    answer = handler(_event("{}"), _CONTEXT, predict=broken)  # type: ignore[arg-type]
    assert answer["statusCode"] == 500
    assert "secret" not in answer["body"]
    logged = json.loads(capsys.readouterr().out)
    assert logged["request_id"] == "r-1"
    assert "a secret" in logged["stack"][-1]


def test_missing_settings_are_named_and_answered_as_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wiring.predictor.cache_clear()
    monkeypatch.delenv("TIDELINE_TABLE_NAME", raising=False)
    monkeypatch.setenv("TIDELINE_LAKE_BUCKET", "lake")
    assert handler(_event("{}"), _CONTEXT)["statusCode"] == 500
    assert "TIDELINE_TABLE_NAME" in capsys.readouterr().out


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_TABLE_NAME", "registry")
    monkeypatch.setenv("TIDELINE_LAKE_BUCKET", "lake")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert Settings.from_environment() == Settings(table_name="registry", lake_bucket="lake")
    wiring.predictor.cache_clear()
    assert wiring.predictor() is wiring.predictor()
    wiring._explainer.cache_clear()
    assert wiring._explainer() is wiring._explainer()
    wiring._explainer.cache_clear()
    wiring.predictor.cache_clear()


@pytest.mark.parametrize(("given", "seconds"), [("0.5", 0.5), ("60", 60.0), ("", 5.0)])
def test_how_long_a_record_is_believed_is_a_setting(
    given: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDELINE_TABLE_NAME", "registry")
    monkeypatch.setenv("TIDELINE_LAKE_BUCKET", "lake")
    monkeypatch.setenv("TIDELINE_DEPLOYMENT_TTL_S", given)
    assert Settings.from_environment().deployment_ttl_s == seconds


@pytest.mark.parametrize("given", ["-1", "61", "soon"])
def test_a_time_that_would_keep_a_rollback_from_callers_is_refused(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDELINE_TABLE_NAME", "registry")
    monkeypatch.setenv("TIDELINE_LAKE_BUCKET", "lake")
    monkeypatch.setenv("TIDELINE_DEPLOYMENT_TTL_S", given)
    with pytest.raises(ValueError, match="deployment_ttl_s"):
        Settings.from_environment()
