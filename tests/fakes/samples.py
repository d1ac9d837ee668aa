"""Values to test with, each the shortest that is legal."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from tests.fakes.clock import START
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.release.approval import ApprovalDecision, ApprovalRequest
from tideline.domain.release.deployment import DeployedVersion, Deployment, Signature
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.run import Evaluated, Run, RunOrder, RunStatus, Trigger

MODEL = "churn"
SPEC_TEXT = b"""\
model: churn
task: regression
target: spent
features:
  age: {type: number, min: 0}
  plan: {type: category}
"""


def sha(text: str) -> str:
    """Return a SHA-256 that belongs to a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def spec(**fields: Any) -> ModelSpec:
    """Return a spec; `fields` come on top."""
    base = {"model": MODEL, "task": "regression", "target": "spent", "features": {"age": {"type": "number"}}}
    return ModelSpec.model_validate(base | fields)


def dropped(name: str = "a.csv", *, version_id: str = "v1", sequencer: str = "0A") -> DroppedObject:
    """Return a dropped data file."""
    return DroppedObject(
        bucket="inbox", key=f"{MODEL}/data/{name}", version_id=version_id, sequencer=sequencer
    )


def receipt(
    obj: DroppedObject, outcome: ObjectOutcome = ObjectOutcome.ACCEPTED, **fields: Any
) -> ObjectReceipt:
    """Return the answer to a dropped object."""
    return ObjectReceipt(key=obj.key, version_id=obj.version_id, outcome=outcome, at=START, **fields)


def batch(number: int, *, obj: DroppedObject | None = None, content: str = "", **fields: Any) -> Batch:
    """Return a batch of two rows."""
    obj, content = obj or dropped(), content or f"content {number}"
    base: dict[str, Any] = {
        "model": MODEL,
        "number": number,
        "sha256": sha(f"parquet of {content}"),
        "source_sha256": sha(content),
        "schema_sha256": sha("schema"),
        "spec_version": 1,
        "object_key": obj.key,
        "object_version": obj.version_id,
        "format": "csv",
        "rows": 2,
        "bad_rows": 0,
        "size_bytes": 10,
        "accepted_at": START,
    }
    return Batch.model_validate(base | fields)


def order(dataset_version: int = 1, spec_version: int = 1, *, attempt: int = 1) -> RunOrder:
    """Return an order for a run."""
    name = f"{MODEL}-d{dataset_version}-s{spec_version}" + (f"-a{attempt}" if attempt > 1 else "")
    return RunOrder(
        model=MODEL, run_id=name, spec_version=spec_version, dataset_version=dataset_version, seed=1
    )


def run(run_order: RunOrder | None = None, status: RunStatus = RunStatus.STARTING, **fields: Any) -> Run:
    """Return the record of a run."""
    fields = {"trigger": Trigger.DATA, "created_at": START} | fields
    return Run(order=run_order or order(), status=status, **fields)


def evaluated(verdict: str = "PROMOTE", *reasons: str) -> Evaluated:
    """Return a verdict."""
    return Evaluated(
        verdict=verdict,
        reasons=reasons,
        metric="r2",
        candidate=0.8,
        champion=None,
        report_sha256=sha("report"),
    )


def version(number: int = 1, state: VersionState = VersionState.CANDIDATE, **fields: Any) -> ModelVersion:
    """Return a registered version."""
    base: dict[str, Any] = {
        "model": MODEL,
        "number": number,
        "state": state,
        "sha256": sha(f"artifact {number}"),
        "run_id": f"{MODEL}-d{number}-s1",
        "spec_version": 1,
        "dataset_version": number,
        "trainer": "linear",
        "evaluation": evaluated(),
        "size_bytes": 10,
        "created_at": START,
    }
    return ModelVersion.model_validate(base | fields)


def deployment(number: int = 1, *, generation: int = 1, replaces: int | None = None) -> Deployment:
    """Return a deployment of one version."""
    entry = DeployedVersion(
        version=number,
        role="champion",
        weight=100,
        sha256=sha(f"artifact {number}"),
        key=f"{MODEL}/versions/{number}/model.onnx",
        signature=Signature(task="regression", classes=None, entity=None, features=()),
    )
    return Deployment(model=MODEL, generation=generation, versions=(entry,), since=START, replaces=replaces)


ALICE, BOB = (f"arn:aws:iam::123456789012:user/{name}" for name in ("alice", "bob"))


def approval_request(number: int = 1, **fields: Any) -> ApprovalRequest:
    """Return Alice's question about a version, open for an hour."""
    base: dict[str, Any] = {
        "model": MODEL,
        "version": number,
        "release_id": f"{MODEL}-v{number}-0a1b2c3d0000",
        "artifact_sha256": sha(f"artifact {number}"),
        "report_sha256": sha("report"),
        "requesters": (ALICE,),
        "requested_at": START,
        "expires_at": START + timedelta(hours=1),
        "task_token": "token",
    }
    return ApprovalRequest.model_validate(base | fields)


def decision(kind: str = "approve", by: str = BOB, **fields: Any) -> ApprovalDecision:
    """Return Bob's answer."""
    base = {"decision": kind, "approver": by, "comment": "", "at": START}
    return ApprovalDecision.model_validate(base | fields)
