"""A trainer that predicts the training mean of the target, moved by its `shift` parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tideline.domain.encoding import Encoding
from tideline.domain.training.matrix import Floats
from tideline.domain.training.run import Parameter


@dataclass(frozen=True)
class FakeTrained:
    """`tideline.ports.Trained`."""

    value: float
    rounds: int
    columns: int = 1
    unexplained: bool = False

    def predict_raw(self, matrix: Floats) -> Floats:
        return np.full((len(matrix), self.columns), self.value, dtype=np.float32)

    def to_onnx(self, encoding: Encoding) -> bytes:
        return f"onnx of {','.join(encoding.names)} answering {self.value:.6f}".encode()

    def to_explanation(self, encoding: Encoding) -> bytes:
        return b"" if self.unexplained else f"explains {','.join(encoding.names)}".encode()


@dataclass
class FakeTrainer:
    """`tideline.ports.Trainer`; keeps the arguments of its calls."""

    calls: list[dict[str, object]] = field(default_factory=list)
    unexplained: bool = False

    def train(
        self,
        matrix: Floats,
        target: Floats,
        *,
        valid: tuple[Floats, Floats] | None,
        encoding: Encoding,
        parameters: Mapping[str, Parameter],
        rounds: int | None,
        seed: int,
        threads: int,
    ) -> FakeTrained:
        self.calls.append(
            {
                "rows": len(matrix),
                "valid": valid is not None,
                "rounds": rounds,
                "seed": seed,
                "threads": threads,
            }
        )
        return FakeTrained(
            float(target.mean()) + float(parameters.get("shift", 0)),
            rounds or 7,
            len(encoding.classes) or 1,
            unexplained=self.unexplained,
        )
