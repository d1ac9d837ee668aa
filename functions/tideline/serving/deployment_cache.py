"""Deployments for a few seconds, so that a change of traffic takes effect fast and costs few reads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol

from tideline.errors import TidelineError
from tideline.serving.deployment import Deployment, parse_deployment
from tideline.serving.log_line import write_log

TIME_TO_LIVE_S = 5.0
# A first deployment shows up sooner: nobody waits five seconds to try what went live just now.
ABSENT_TIME_TO_LIVE_S = 1.0
MAX_MODELS = 256
_ATTEMPTS = 4
# With a record at hand nobody should wait for retries.
_ATTEMPTS_TO_REFRESH = 1


class DeploymentReader(Protocol):
    """Where deployment records are."""

    def read(self, model: str, *, attempts: int) -> bytes | None:
        """Return a model's document, or None."""
        ...


class _Entry(NamedTuple):
    deployment: Deployment | None
    fresh_until: float


class DeploymentCache:
    """Reads through; keeps what it has while the table can't be read.

    Args:
        table: Where the records are.
        clock: Seconds that never go back.
        ttl_s: How long a record is believed; also how soon a table that failed is asked again.
    """

    def __init__(
        self, table: DeploymentReader, *, clock: Callable[[], float], ttl_s: float = TIME_TO_LIVE_S
    ) -> None:
        self._table = table
        self._clock = clock
        self._ttl_s = ttl_s
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def get(self, model: str) -> Deployment | None:
        """Return the model's deployment, or None where it has none.

        Raises:
            TidelineError: if it can't be read and none is known.
        """
        entry = self._entries.get(model)
        if entry is not None and self._clock() < entry.fresh_until:
            self._entries.move_to_end(model)
            return entry.deployment
        if entry is None or entry.deployment is None:
            return self._keep(model, self._read(model, attempts=_ATTEMPTS))
        try:
            found = self._read(model, attempts=_ATTEMPTS_TO_REFRESH)
            return self._keep(model, _newer(found, entry.deployment))
        except TidelineError as error:
            write_log("WARNING", "the deployment record is stale", model=model, error=str(error))
            return self._keep(model, entry.deployment)

    def _read(self, model: str, *, attempts: int) -> Deployment | None:
        document = self._table.read(model, attempts=attempts)
        return None if document is None else parse_deployment(document)

    def _keep(self, model: str, deployment: Deployment | None) -> Deployment | None:
        lifetime = ABSENT_TIME_TO_LIVE_S if deployment is None else self._ttl_s
        self._entries[model] = _Entry(deployment, self._clock() + lifetime)
        self._entries.move_to_end(model)
        while len(self._entries) > MAX_MODELS:
            self._entries.popitem(last=False)
        return deployment


def _newer(found: Deployment | None, known: Deployment) -> Deployment | None:
    """Return what was read, unless it is older: traffic never goes back but by a newer generation."""
    if found is None or found.generation >= known.generation:
        return found
    write_log(
        "WARNING",
        "an older deployment record was read",
        model=known.model,
        known=known.generation,
        read=found.generation,
    )
    return known
