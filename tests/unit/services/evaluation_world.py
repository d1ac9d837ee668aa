"""A run ready to be evaluated, in memory: fakes that do what the ports promise."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.release.deployment import DeployedVersion, Deployment, signature
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.profile import ReferenceProfile, profile_numbers
from tideline.domain.training.run import Evaluated, EvaluationTask, FittedModel, RunOrder
from tideline.errors import ArtifactInvalid, ObjectMissing, UnknownModel, UnknownVersion
from tideline.services.evaluate_model import EvaluateModel

MODEL = "churn"
AT = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = RunOrder(model=MODEL, run_id="churn-d2-s1", spec_version=1, dataset_version=2, seed=7)


@dataclass
class MemoryStore:
    """`ObjectStore` in a dict."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def read(self, key: str, *, version_id: str | None = None) -> bytes:
        if key not in self.objects:
            raise ObjectMissing(key)
        return self.objects[key]

    def write(self, key: str, content: bytes) -> None:
        self.objects[key] = content


@dataclass
class MemoryRegistry:
    """Specs, versions and the deployment of one model."""

    specs: dict[int, ModelSpec] = field(default_factory=dict)
    versions: dict[int, ModelVersion] = field(default_factory=dict)
    deployment: Deployment | None = None


@dataclass
class Specs:
    registry: MemoryRegistry

    def load(self, model: str, version: int) -> ModelSpec:
        if version not in self.registry.specs:
            raise UnknownModel(model)
        return self.registry.specs[version]


@dataclass
class Versions:
    registry: MemoryRegistry

    def load(self, model: str, number: int) -> ModelVersion:
        if number not in self.registry.versions:
            raise UnknownVersion(model, number)
        return self.registry.versions[number]


@dataclass
class Deployments:
    registry: MemoryRegistry

    def load(self, model: str) -> Deployment | None:
        return self.registry.deployment


@dataclass
class LinearScorer:
    """An artifact in JSON: a weight for each number, and what a missing one counts as."""

    weights: dict[str, float]
    task: str
    missing: float

    @classmethod
    def load(cls, artifact: bytes) -> LinearScorer:
        return cls(**json.loads(artifact))

    def predict(self, features: Any) -> Any:
        if not self.weights.keys() <= features.keys():
            raise ArtifactInvalid("a feature is missing")
        total = sum(
            np.nan_to_num(features[name].astype(float), nan=self.missing) * weight
            for name, weight in self.weights.items()
        )
        if not np.isfinite(total).all():
            raise ArtifactInvalid("the model answers row 0 with a number that is not finite")
        if self.task == "regression":
            return np.asarray(total, dtype=np.float32)[:, None]
        p = 1 / (1 + np.exp(-total))
        return np.column_stack([1 - p, p]).astype(np.float32)


def artifact(task: str = "binary", *, missing: float = 0.0, **weights: float) -> bytes:
    return json.dumps({"weights": weights, "task": task, "missing": missing}).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_spec(task: str = "binary", *, target: str = "churned", **evaluation: Any) -> ModelSpec:
    features = {"x": {"type": "number"}, "z": {"type": "number", "required": False}}
    return ModelSpec.model_validate(
        {"model": MODEL, "task": task, "target": target, "features": features, "evaluation": evaluation}
    )


@dataclass
class World:
    """One run, its arrays in the lake, and whoever is live."""

    spec: ModelSpec
    candidate: bytes
    rows: int = 400
    classes: tuple[str, ...] = ("no", "yes")
    tick: float = 0.001
    lake: MemoryStore = field(default_factory=MemoryStore)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)

    def __post_init__(self) -> None:
        self.registry.specs[1] = self.spec
        random = np.random.default_rng(0)
        self.x, self.z = random.normal(size=(2, self.rows)).astype(np.float32)
        self.z[::10] = np.nan
        if self.spec.task == "regression":
            self.classes, self.y = (), self.x + random.normal(scale=0.3, size=self.rows)
        else:
            self.y = (self.x + random.normal(size=self.rows) > 0).astype(float)
        self.put_run()

    def put_run(self) -> None:
        features = tuple(FeatureEncoding(name=name, type="number") for name in ("x", "z"))
        encoding = Encoding(task=self.spec.task, features=features, classes=self.classes)
        y = self.y.astype(np.float32)
        seen = np.random.default_rng(1).normal(size=(self.rows, 2)).astype(np.float32)
        self.put("encoding.json", encoding.model_dump_json().encode())
        # No file has said anything about an attribute that is no feature.
        unknown = {f"a{index}": np.full(self.rows, "") for index in range(len(self.spec.audit_columns))}
        rows = np.arange(self.rows, dtype=np.uint64)
        self.put("holdout.npz", archive(f0=self.x, f1=self.z, y=y, row=rows, **unknown))
        self.put(
            "train.npz",
            archive(X_fit=seen[:300], y_fit=y[:300], X_valid=seen[300:], y_valid=y[300:]),
        )
        profile = ReferenceProfile(
            model=MODEL,
            run_id=ORDER.run_id,
            dataset_version=2,
            spec_version=1,
            rows_train=self.rows,
            rows_holdout=self.rows,
            features={name: profile_numbers(column) for name, column in zip("xz", seen.T, strict=True)},
            target=profile_numbers(y),
        )
        self.put("profile.json", profile.model_dump_json().encode())
        self.put("candidate.onnx", self.candidate)
        if not np.isnan([*LinearScorer.load(self.candidate).weights.values()]).any():
            self.put("native.npz", archive(raw=self.answers(self.candidate).astype(np.float64)))

    def answers(self, content: bytes) -> Any:
        return LinearScorer.load(content).predict({"x": self.x, "z": self.z})

    def put(self, name: str, content: bytes) -> None:
        self.lake.write(self.key(name), content)

    def key(self, name: str) -> str:
        return keys.run_key(MODEL, ORDER.run_id, name)

    def with_champion(
        self, content: bytes, *, spec: ModelSpec | None = None, classes: tuple[str, ...] | None = None
    ) -> World:
        """Make version 3 live, trained under spec version 1, or under another as spec version 9."""
        under = 1 if spec is None else 9
        self.registry.specs[under] = spec or self.spec
        key = keys.version_key(MODEL, 3, "model.onnx")
        self.lake.write(key, content)
        promised = signature(spec or self.spec, classes=self.classes if classes is None else classes)
        entry = DeployedVersion(
            version=3, role="champion", weight=100, sha256=sha256(content), key=key, signature=promised
        )
        self.registry.deployment = Deployment(model=MODEL, generation=4, versions=(entry,), since=AT)
        self.registry.versions[3] = make_version(content, spec_version=under)
        return self

    @property
    def task(self) -> EvaluationTask:
        fitted = FittedModel(
            sha256=sha256(self.candidate),
            size_bytes=len(self.candidate),
            trainer="linear",
            parameters={},
            rounds=1,
            score=0.8,
        )
        return EvaluationTask(order=ORDER, fitted=fitted)

    def evaluate(self) -> Evaluated:
        use_case = EvaluateModel(
            lake=self.lake,
            specs=Specs(self.registry),
            versions=Versions(self.registry),
            deployments=Deployments(self.registry),
            load=LinearScorer.load,
            stopwatch=count(step=self.tick).__next__,
        )
        return use_case(self.task)

    def json(self, name: str) -> Any:
        return json.loads(self.lake.read(self.key(name)))


def archive(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def make_version(content: bytes, *, spec_version: int) -> ModelVersion:
    return ModelVersion(
        model=MODEL,
        number=3,
        state=VersionState.LIVE,
        sha256=sha256(content),
        run_id="churn-d1-s1",
        spec_version=spec_version,
        dataset_version=1,
        trainer="linear",
        evaluation=Evaluated(
            verdict="PROMOTE", reasons=(), metric="roc_auc", candidate=0.8, champion=None, report_sha256="00"
        ),
        size_bytes=len(content),
        created_at=AT,
    )
