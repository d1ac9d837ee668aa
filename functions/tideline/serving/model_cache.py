"""Loaded versions in memory, the most recently used first, within a budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from tideline.errors import TidelineError
from tideline.serving.artifact_check import check_artifact
from tideline.serving.deployment import DeployedVersion
from tideline.serving.loaded_model import LoadedModel
from tideline.serving.onnx_library import load_library

# A session takes three to four times its file: a budget of an eighth of the function's memory for files
# leaves half of it free.
BUDGET_SHARE = 8
# How long a version that did not load is not tried again: as long as a deployment is believed.
RETRY_AFTER_S = 5.0
ATTEMPTS = 4

# An artifact's key and hash.
_Name: TypeAlias = tuple[str, str]


class ArtifactReader(Protocol):
    """Where artifacts are."""

    def read(self, key: str, *, attempts: int) -> bytes:
        """Return an object's bytes; raises `ArtifactInvalid` where there is none."""
        ...


def load_model(
    entry: DeployedVersion, artifact: bytes, *, made: Callable[[LoadedModel], object] | None = None
) -> LoadedModel:
    """Check an artifact against its record and load it: what `predict` and preflight both do.

    Raises:
        ArtifactInvalid: if it isn't the registered file, or doesn't load.
    """
    check_artifact(artifact, sha256=entry.sha256)
    return LoadedModel(load_library(), artifact, signature=entry.signature, made=made)


class ModelCache:
    """Versions by the SHA-256 of their artifact, loaded when first asked for; threads may share it.

    Args:
        lake: Reads artifacts.
        budget_bytes: How many bytes of artifacts are kept loaded; those in use are, whatever their size.
        clock: Seconds that never go back.
    """

    def __init__(self, lake: ArtifactReader, *, budget_bytes: int, clock: Callable[[], float]) -> None:
        self._lake = lake
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._models: OrderedDict[_Name, tuple[LoadedModel, int]] = OrderedDict()
        self._loading: dict[_Name, LoadedModel] = {}
        self._failures: dict[_Name, tuple[TidelineError, float]] = {}

    def peek(self, entry: DeployedVersion) -> LoadedModel | None:
        """Return a version if it is loaded."""
        found = self._models.get(_name(entry))
        return None if found is None else found[0]

    def get(
        self, entry: DeployedVersion, *, beside: DeployedVersion | None = None, attempts: int = ATTEMPTS
    ) -> LoadedModel:
        """Return a version, loading it if need be by so many attempts; `beside` is not given up for it.

        Raises:
            TidelineError: if it can't be loaded; at once where that was tried a moment ago.
        """
        name = _name(entry)
        with self._lock:
            found = self._models.get(name)
            if found is not None:
                self._models.move_to_end(name)
                return found[0]
            failure = self._failures.get(name)
        if failure is not None and self._clock() < failure[1]:
            raise failure[0]
        kept = {name} if beside is None else {name, _name(beside)}
        return self._load(entry, name, kept=kept, attempts=attempts)

    def stop(self, entry: DeployedVersion) -> None:
        """End what a version does in another thread, be it loading, and forget it."""
        name = _name(entry)
        with self._lock:
            loaded, loading = self._models.pop(name, None), self._loading.pop(name, None)
        for model in filter(None, (loaded and loaded[0], loading)):
            model.stop()

    def _load(self, entry: DeployedVersion, name: _Name, *, kept: set[_Name], attempts: int) -> LoadedModel:
        try:
            artifact = self._lake.read(entry.key, attempts=attempts)
            model = load_model(entry, artifact, made=partial(self._loading.__setitem__, name))
        except TidelineError as error:
            with self._lock:
                self._loading.pop(name, None)
                self._failures = self._lasting_failures()
                self._failures[name] = (error, self._clock() + RETRY_AFTER_S)
            raise
        with self._lock:
            # One that was stopped meanwhile is of no use to anybody else; where another thread loads the
            # same, the later one is kept.
            if self._loading.get(name) is model:
                del self._loading[name]
                self._models[name] = (model, len(artifact))
                self._evict(kept)
        return model

    def _lasting_failures(self) -> dict[_Name, tuple[TidelineError, float]]:
        now = self._clock()
        return {name: failure for name, failure in self._failures.items() if now < failure[1]}

    def _evict(self, kept: set[_Name]) -> None:
        size = sum(size for _, size in self._models.values())
        for name in [name for name in self._models if name not in kept]:
            if size <= self._budget_bytes:
                return
            size -= self._models.pop(name)[1]


def _name(entry: DeployedVersion) -> _Name:
    """One artifact may be registered by two models, each with its own rules: the key tells them apart."""
    return entry.key, entry.sha256
