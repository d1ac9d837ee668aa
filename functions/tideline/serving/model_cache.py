"""Loaded versions in memory, the most recently used first, within a budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from tideline.errors import TidelineError
from tideline.serving.artifact_check import check_artifact
from tideline.serving.deployment import DeployedVersion
from tideline.serving.loaded_model import LoadedModel
from tideline.serving.onnx_library import load_library

# A session takes three to four times its file: a budget of an eighth of the function's memory for files
# leaves half of it free.
BUDGET_SHARE = 8
# How long a version that did not load is not tried again: as long as a deployment is believed.
_RETRY_AFTER_S = 5.0
_ATTEMPTS = 4


class ArtifactReader(Protocol):
    """Where artifacts are."""

    def read(self, key: str, *, attempts: int) -> bytes:
        """Return an object's bytes; raises `ArtifactInvalid` where there is none."""
        ...


def load_model(entry: DeployedVersion, artifact: bytes) -> LoadedModel:
    """Check an artifact against its record and load it: what `predict` and preflight both do.

    Raises:
        ArtifactInvalid: if it isn't the registered file, or doesn't load.
    """
    check_artifact(artifact, sha256=entry.sha256)
    return LoadedModel(load_library(), artifact, signature=entry.signature)


class ModelCache:
    """Versions by the SHA-256 of their artifact, loaded when first asked for.

    Args:
        lake: Reads artifacts.
        budget_bytes: How many bytes of artifacts are kept loaded; the one in use is, whatever its size.
        clock: Seconds that never go back.
    """

    def __init__(self, lake: ArtifactReader, *, budget_bytes: int, clock: Callable[[], float]) -> None:
        self._lake = lake
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._models: OrderedDict[tuple[str, str], tuple[LoadedModel, int]] = OrderedDict()
        self._failures: dict[tuple[str, str], tuple[TidelineError, float]] = {}

    def peek(self, entry: DeployedVersion) -> LoadedModel | None:
        """Return a version if it is loaded."""
        found = self._models.get(_name(entry))
        return None if found is None else found[0]

    def get(self, entry: DeployedVersion) -> LoadedModel:
        """Return a version, loading it if need be.

        Raises:
            TidelineError: if it can't be loaded; at once where that was tried a moment ago.
        """
        name = _name(entry)
        found = self._models.get(name)
        if found is not None:
            self._models.move_to_end(name)
            return found[0]
        failure = self._failures.get(name)
        if failure is not None and self._clock() < failure[1]:
            raise failure[0]
        return self._load(entry, name)

    def _load(self, entry: DeployedVersion, name: tuple[str, str]) -> LoadedModel:
        try:
            artifact = self._lake.read(entry.key, attempts=_ATTEMPTS)
            model = load_model(entry, artifact)
        except TidelineError as error:
            self._failures = {name: (error, self._clock() + _RETRY_AFTER_S)}
            raise
        self._models[name] = (model, len(artifact))
        self._evict()
        return model

    def _evict(self) -> None:
        size = sum(size for _, size in self._models.values())
        while size > self._budget_bytes and len(self._models) > 1:
            _, (_, freed) = self._models.popitem(last=False)
            size -= freed


def _name(entry: DeployedVersion) -> tuple[str, str]:
    """One artifact may be registered by two models, each with its own rules: the key tells them apart."""
    return entry.key, entry.sha256
