from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.unit.serving import samples
from tests.unit.serving.serving import Serving
from tideline.api.openapi import document
from tideline.api.openapi.document import describe_api
from tideline.domain.release.deployment import Signature
from tideline.serving.deployment import parse_deployment
from tideline.serving.problems import Problem


def _signature(task: str = "binary") -> Signature:
    content = samples.artifact(task)
    written = json.loads(samples.document(samples.version(content, task=task)))
    assert parse_deployment(json.dumps(written).encode())
    return Signature.model_validate_json(json.dumps(written["versions"][0]["signature"]))


def _described(**signatures: Signature) -> dict[str, Any]:
    return describe_api(signatures, jwt_issuer="").root


def _operation(described: dict[str, Any], model: str = "churn") -> dict[str, Any]:
    found: dict[str, Any] = described["paths"][f"/models/{model}/predictions"]["post"]
    return found


def _accepts(described: dict[str, Any], instance: object) -> bool:
    schema = _operation(described)["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(schema).is_valid({"instances": [instance]})


GOOD = samples.GOOD
INSTANCES = [
    GOOD,
    GOOD | {"customer": 7},
    {"age": 1, "plan": "gold"},
    GOOD | {"income": None, "city": None},
    GOOD | {"city": True},
    GOOD | {"city": 7},
    {"age": 1},
    GOOD | {"age": None},
    GOOD | {"age": 121},
    GOOD | {"age": -0.1},
    GOOD | {"age": "40"},
    GOOD | {"age": True},
    GOOD | {"income": 1e39},
    GOOD | {"plan": "silver"},
    GOOD | {"plan": ""},
    GOOD | {"city": 1.5},
    GOOD | {"city": "a\0b"},
    GOOD | {"other": 1},
]


@pytest.mark.parametrize("instance", INSTANCES)
def test_the_schema_takes_what_serving_takes(instance: dict[str, Any]) -> None:
    try:
        Serving().ask(instance)
    except Problem:
        taken = False
    else:
        taken = True
    assert _accepts(_described(churn=_signature()), instance) == taken


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_answers_are_as_described(task: str) -> None:
    described = _described(churn=_signature(task))
    schema = _operation(described)["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator(schema | {"components": described["components"]})
    validator.validate(Serving(task).ask(GOOD))
    assert not validator.is_valid({"model": "churn", "version": 3, "predictions": [{}]})


def test_without_models_any_models_predictions_are_described() -> None:
    described = _described()
    assert _operation(described, "{model}")["parameters"][0]["name"] == "model"
    assert "too many" not in described["info"]["description"]


def test_too_many_models_or_features_are_left_out_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "too many" in describe_api(None, jwt_issuer="").root["info"]["description"]
    whole = describe_api({"churn": _signature()}, jwt_issuer="")
    monkeypatch.setattr(document, "MAX_BYTES", len(whole.model_dump_json()) - 1)
    described = _described(churn=_signature())
    assert "/models/churn/predictions" not in described["paths"]
    assert "too many" in described["info"]["description"]


def test_tokens_are_described_for_predictions_only() -> None:
    described = describe_api({}, jwt_issuer="https://id.example/").root
    url = described["components"]["securitySchemes"]["jwt"]["openIdConnectUrl"]
    assert url == "https://id.example/.well-known/openid-configuration"
    by_token = {
        path
        for path, methods in described["paths"].items()
        for each in methods.values()
        if each.get("security") == [{"jwt": []}]
    }
    assert by_token == {p for p in described["paths"] if p.startswith("/v2") or p.endswith("/predictions")}
    assert "jwt" not in _described()["components"]["securitySchemes"]


def test_it_is_made_without_what_is_not_shipped_with_it() -> None:
    program = "import sys; sys.modules['msgspec'] = None; import describe_models.handler"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path("functions").resolve())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
