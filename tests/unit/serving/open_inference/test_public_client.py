"""A public client of the protocol, in its own environment, against the real handler."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.constructs.serving import PREDICTIONS, PROTOCOL_READS
from predict.handler import handler
from tests.fakes.api_gateway import ApiGateway, listening
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import Serving

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT = Path(__file__).parents[4]
CLIENT = ROOT / ".venv/inference-client/bin/python"
SCRIPT = ROOT / "tests/samples/inference_client.py"
ROUTES = [*(f"POST {path}" for path in PREDICTIONS), *(f"GET {path}" for path in PROTOCOL_READS)]
ROWS = [GOOD, GOOD | {"age": 80, "plan": "basic", "city": "Zürich"}]


def test_a_public_client_gets_its_answers() -> None:
    serving = Serving()
    asked = {"rows": ROWS, "numbers": ["age", "income"], "texts": ["plan", "city"]}
    answer = partial(handler, context=SimpleNamespace(aws_request_id="r-1"), predict=serving.predict)
    gateway = ApiGateway(dict.fromkeys(ROUTES, answer))
    with listening(lambda *call: gateway.call(*call[:2], headers=call[2], body=call[3])) as port:
        done = subprocess.run(
            [str(CLIENT), str(SCRIPT), f"127.0.0.1:{port}", "churn"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["live"], told["ready"], told["model_ready"]) == (True, True, True)
    assert told["server"]["name"] == "tideline"
    assert told["inputs"] == {"age": "FP32", "income": "FP32", "plan": "BYTES", "city": "BYTES"}
    ours = serving.ask(*ROWS)["predictions"]
    for way in ("json", "binary"):
        found = told[way]
        assert (found["id"], found["version"]) == ("mine", "3")
        assert found["labels"] == [each["value"] for each in ours]
        expected = [list(each["probabilities"].values()) for each in ours]
        assert found["probabilities"] == [pytest.approx(row) for row in expected]
    status, message = told["error"]
    assert status == "422"
    assert "'age' is required but missing" in message
