"""A predictor on fakes, as `predict.wiring` puts it together."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import FakeClock, FakeLake, FakeTable
from tideline.serving.answers import Explanation
from tideline.serving.challenger import Challengers, Limits
from tideline.serving.deployment import DeployedVersion
from tideline.serving.deployment_cache import DeploymentCache
from tideline.serving.model_cache import ModelCache
from tideline.serving.prediction_log import PredictionLog
from tideline.serving.predictor import Predictor
from tideline.serving.problems import Problem
from tideline.serving.shadow import Shadows

# Long enough for a machine that is busy with other tests, unless a test is about what takes longer.
PATIENT = Limits(answer_s=20.0, load_s=20.0)
NUMBERS = (samples.AGE, samples.INCOME)
ROW = {"age": 40, "income": 1200.5}


class Serving:
    """Every part real but for the clock, the table and the lake."""

    def __init__(self, task: str = "binary", *, limits: Limits = PATIENT, **changes: Any) -> None:
        content = samples.artifact(task, **changes)
        entry = samples.version(content, 3, task=task)
        self.clock = FakeClock()
        self.processor = FakeClock()
        self.table = FakeTable(churn=samples.document(entry))
        self.lake = FakeLake({entry.key: content})
        self.lines: list[str] = []
        self.explained: list[Any] = []
        self.random = bytes(8)
        self.models = ModelCache(self.lake, budget_bytes=10**6, clock=self.clock)
        log = PredictionLog(self.lines.append)
        self.shadows = Shadows(
            self.models, log, clock=self.clock, processor=self.processor, stopwatch=time.thread_time
        )
        self.predict = Predictor(
            DeploymentCache(self.table, clock=self.clock),
            self.models,
            challengers=Challengers(self.models, clock=self.clock, stopwatch=self.clock, limits=limits),
            shadows=self.shadows,
            log=log,
            explain=self._explain,
            wall_clock=lambda: 1767225600.0,
            stopwatch=self.clock,
            random=lambda count: self.random[:count],
        )

    def _explain(self, entry: Any, rows: Any, raw: Any) -> list[Explanation]:
        self.explained.append((entry.version, rows, raw))
        return [Explanation(0.5, {"age": row[0][0]}) for row in rows]

    def ask(
        self, *instances: object, model: str = "churn", key: str | None = "k-1", request_id: str = "r-1"
    ) -> Any:
        body = json.dumps({"instances": instances, "key": key}).encode()
        return json.loads(self.predict(model, body, request_id=request_id))

    def problem(self, *instances: object, model: str = "churn") -> Problem:
        with pytest.raises(Problem) as caught:
            self.ask(*instances, model=model)
        return caught.value

    def deploy(self, number: int, found: object, **fields: Any) -> None:
        content = samples.artifact(scale=0.02)
        entry = samples.version(content, number)
        self.put([(entry, content if found is None else found)], generation=number, **fields)

    def put(self, versions: Sequence[tuple[DeployedVersion, object]], **fields: Any) -> None:
        """Write a record and its artifacts, and let what is cached expire."""
        self.table.documents["churn"] = samples.document(*(entry for entry, _ in versions), **fields)
        self.lake.objects.update({entry.key: content for entry, content in versions})
        self.clock.now += 6

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def shadows_end(self) -> None:
        """Wait until no shadow is at work."""
        work = self.shadows._work
        assert work is not None
        for _ in range(2_000):
            if work.aside.done:
                return
            time.sleep(0.01)
        raise AssertionError("a shadow does not end")


def plain(number: int, role: str = "champion", *, scale: float = 0.01, **changes: Any) -> Any:
    """A regression on four features and its artifact."""
    content = samples.artifact("regression", scale=scale)
    return samples.version(content, number, task="regression", role=role, **changes), content


def on_numbers(
    number: int, role: str, *, stalls_after_age: float = 1e30, stalls_at_once: bool = False, **changes: Any
) -> Any:
    """A regression on two numbers and its artifact, that stalls where any age is larger or when loaded."""
    content = samples.stalling(after_age=stalls_after_age, without_age=stalls_at_once)
    promised = samples.signature("regression", NUMBERS)
    return samples.version(content, number, role=role, signature=promised, **changes), content
