"""What explains one version's answers: rows in, explanations out, and the proof that they add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tideline.errors import ArtifactInvalid
from tideline.explaining.explanation_file import Doubles, ForestFile, read_file, require
from tideline.explaining.forest import ForestContributions
from tideline.explaining.linear import LinearContributions
from tideline.explaining.rows import RowEncoder
from tideline.serving.answers import Explanation
from tideline.serving.deployment import Signature
from tideline.serving.instances import ModelInput

# Between what contributions add up to and what the artifact says, which sums class scores in float32 (1e-6
# after a thousand trees) and rounds its answer to float32: 2 ** -24 of a value.
TOLERANCE = 1e-5


class VersionExplanation:
    """Explains the answers of one version.

    Attributes:
        cost_per_row: Numbers computed for a row.
        size_bytes: Of the arrays.

    Raises:
        ArtifactInvalid: if the content isn't what was registered, or doesn't fit the signature.
    """

    def __init__(self, content: bytes, *, sha256: str, signature: Signature) -> None:
        file = read_file(content, sha256=sha256)
        self._encode = RowEncoder(file.features, signature)
        self._contributions = (
            ForestContributions(file) if isinstance(file, ForestFile) else LinearContributions(file)
        )
        expected = len(signature.classes or ()) if signature.task == "multiclass" else 1
        require(len(self._contributions.base) == expected, "it explains another number of outputs")
        self._names = [feature.name for feature in file.features]
        self._signature = signature
        self.cost_per_row = self._contributions.cost_per_row
        self.size_bytes = self._contributions.size_bytes

    def explain(self, rows: Sequence[ModelInput], raw: Sequence[Sequence[float]]) -> list[Explanation]:
        """Return the explanation of each row's answer.

        Args:
            rows: As the serving path read them.
            raw: What the artifact answered: probabilities, or the value.

        Raises:
            ArtifactInvalid: if base and contributions do not give that answer.
        """
        found = self._contributions(self._encode(rows))
        scores = self._contributions.base + found.sum(axis=1)
        answered = self._answers(scores)
        scale = np.maximum(1.0, np.abs(answered)) * TOLERANCE
        if not (np.abs(answered - np.array(raw)) <= scale).all():
            raise ArtifactInvalid("its contributions do not add up to what the model answers")
        return [self._named(contributions) for contributions in found]

    def _answers(self, scores: Doubles) -> Doubles:
        """Return what the artifact answers for scores: the values, or probabilities."""
        if self._signature.task == "regression":
            return scores
        logits = np.hstack([np.zeros_like(scores), scores]) if scores.shape[1] == 1 else scores
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        answers: Doubles = weights / weights.sum(axis=1, keepdims=True)
        return answers

    def _named(self, contributions: Doubles) -> Explanation:
        base = self._contributions.base
        if self._signature.task != "multiclass":
            return Explanation(
                float(base[0]), dict(zip(self._names, contributions[:, 0].tolist(), strict=True))
            )
        classes = self._signature.classes or ()
        columns = contributions.T.tolist()
        return Explanation(
            dict(zip(classes, base.tolist(), strict=True)),
            {
                name: dict(zip(self._names, column, strict=True))
                for name, column in zip(classes, columns, strict=True)
            },
        )
