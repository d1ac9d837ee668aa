"""A version that is ready to answer: its session, and the checks that its signature asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tideline.errors import ArtifactInvalid
from tideline.serving.deployment import Signature
from tideline.serving.instances import InstanceReader, ModelInput
from tideline.serving.onnx_library import OnnxLibrary, OnnxRuntimeError
from tideline.serving.onnx_session import OnnxSession

RawAnswer: TypeAlias = list[float]


class LoadedModel:
    """Reads instances by the version's signature and scores them.

    Args:
        library: The C library.
        artifact: The ONNX file's bytes.
        signature: What it takes and gives.
        made: Told of the model before it runs for the first time, to be able to stop it.

    Raises:
        ArtifactInvalid: if the file doesn't load, or doesn't take and give what the signature says.
    """

    def __init__(
        self,
        library: OnnxLibrary,
        artifact: bytes,
        *,
        signature: Signature,
        made: Callable[[LoadedModel], object] | None = None,
    ) -> None:
        self.signature = signature
        self.reader = InstanceReader(signature)
        try:
            self._session = OnnxSession(
                library,
                artifact,
                numbers=self.reader.numbers,
                texts=self.reader.texts,
                output=signature.output,
                width=signature.width,
            )
            if made is not None:
                made(self)
            self._session.run_one([math.nan] * len(self.reader.numbers), [""] * len(self.reader.texts))
        except OnnxRuntimeError as error:
            raise ArtifactInvalid(f"ONNX Runtime can't use it: {error}") from error

    def stop(self) -> None:
        """End what runs in another thread; the model is of no use afterwards."""
        self._session.stop()

    def score(self, rows: Sequence[ModelInput]) -> list[RawAnswer]:
        """Return one row of numbers for each input: a probability a class, or the value.

        Raises:
            OnnxRuntimeError: if the model fails on these values.
        """
        if len(rows) == 1:
            return [self._session.run_one(*rows[0])]
        numbers = list(zip(*(row[0] for row in rows), strict=True))
        texts = list(zip(*(row[1] for row in rows), strict=True))
        return self._session.run(numbers, texts)
