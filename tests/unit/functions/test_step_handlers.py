"""Handlers that are states of a workflow: the payload in, the payload out, errors raised with their names."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, evaluated, order, run, spec
from tests.unit.functions.conftest import Cloud
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.release.deployment import signature
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.training.run import Prepared
from tideline.errors import ObjectMissing, ReleaseRefused

Call = Callable[[str, dict[str, Any]], Any]
ORDER = order().model_dump(mode="json")
ENCODING = Encoding(task="regression", features=(FeatureEncoding(name="age", type="number"),))


def prepare(cloud: Cloud) -> None:
    """Leave in the lake what the prepare stage does."""
    contract = spec(evaluation={"metric": "neg_root_mean_squared_error"})
    DynamoDbSpecRegistry(cloud.table).append(contract, head=SpecHead(), at=START)
    DynamoDbRunRegistry(cloud.table).begin(run(), event_id="e")
    x = np.linspace(0, 9, 200, dtype=np.float32)[:, None]
    y = 2 * x[:, 0] + 1
    arrays = {"X_fit": x[:150], "y_fit": y[:150], "X_valid": x[150:], "y_valid": y[150:]}
    golden = {"signature": signature(contract, classes=()).model_dump(mode="json")}
    files = {
        "train.npz": npz(arrays),
        "holdout.npz": npz({"f0": x[:5, 0], "y": y[:5]}),
        "encoding.json": ENCODING.model_dump_json().encode(),
        "report.json": b"{}",
        "latency.json": b'{"calls": 9, "p50_us": 80.0, "p99_us": 120.0}',
        "golden.json": json.dumps(golden).encode(),
        "prepared.json": Prepared(trials=(), rows_train=200, rows_holdout=5).model_dump_json().encode(),
    }
    for name, content in files.items():
        cloud.lake.write(keys.run_key(MODEL, order().run_id, name), content)


def npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def release(generation: int, name: str = "r") -> dict[str, Any]:
    plan = ReleaseOrder(model=MODEL, version=1, release_id=name, generation=generation)
    return {"order": plan.model_dump(mode="json"), "step": 1, "reasons": []}


def test_a_run_goes_from_trial_to_deployment(cloud: Cloud, call: Call) -> None:
    prepare(cloud)
    trial = {"index": 0, "trainer": "linear", "parameters": {}}
    result = call("run_trial", {"order": ORDER, "trial": trial})
    assert result["score"] > -2
    fitted = call("fit_model", {"order": ORDER, "results": [result]})
    assert fitted["trainer"] == "linear"
    evaluation = evaluated().model_dump(mode="json")
    payload = {"order": ORDER, "results": [result], "fitted": fitted, "evaluation": evaluation}
    assert call("register_model", payload) == {"version": 1, "state": "candidate"}
    assert call("register_model", payload) == {"version": 1, "state": "candidate"}
    shifted = call("shift_traffic", release(0))
    assert (shifted["outcome"], shifted["live"], shifted["generation"]) == ("live", True, 1)
    assert call("shift_traffic", release(0)) == shifted
    deployed = DynamoDbDeploymentRegistry(cloud.table).load(MODEL)
    assert deployed is not None
    assert deployed.champion.sha256 == fitted["sha256"]
    assert cloud.types() == ["ModelRegistered", "ModelDeployed", "ModelDeployed"]
    with pytest.raises(ReleaseRefused):
        call("shift_traffic", release(7, name="another"))
    assert call("break_off", release(0)) == {"outcome": "over", "live": False}


def test_what_is_missing_is_raised_by_name(cloud: Cloud, call: Call) -> None:
    DynamoDbSpecRegistry(cloud.table).append(spec(), head=SpecHead(), at=START)
    with pytest.raises(ObjectMissing, match=r"^ObjectMissing: "):
        call("run_trial", {"order": ORDER, "trial": {"index": 0, "trainer": "linear", "parameters": {}}})


@pytest.mark.parametrize(
    "function", ["run_trial", "fit_model", "register_model", "shift_traffic", "break_off"]
)
def test_a_payload_that_is_not_understood_is_raised(cloud: Cloud, call: Call, function: str) -> None:
    with pytest.raises(ValidationError):
        call(function, {"surprise": 1})
