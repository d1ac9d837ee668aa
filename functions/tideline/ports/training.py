"""What trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from tideline.domain.encoding import Encoding
from tideline.domain.training.run import Parameter

if TYPE_CHECKING:
    # Functions without numpy in their layers import this module too.
    from tideline.domain.training.matrix import Floats


class Trained(Protocol):
    """What a trainer learned."""

    @property
    def rounds(self) -> int:
        """Boosting rounds in use, or iterations."""
        ...

    def predict_raw(self, matrix: Floats) -> Floats:
        """Return the trainer's own predictions, shape ``(n, n_classes)`` or ``(n, 1)``."""
        ...

    def to_onnx(self, encoding: Encoding) -> bytes:
        """Return the artifact: one ONNX file that takes the raw named features."""
        ...

    def to_explanation(self, encoding: Encoding) -> bytes:
        """Return the file that explains answers, as `tideline.explaining` reads it; empty for none."""
        ...


class Trainer(Protocol):
    """Learns from encoded features; the same call learns the same."""

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
    ) -> Trained:
        """Train on ``(n, n_features)``, stopping early on `valid`, else for exactly `rounds`.

        Raises `TrainingImpossible`.
        """
        ...
