"""Explanations of deployed versions: the file is fetched when first asked for, then kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from tideline.errors import TidelineError, TransientError
from tideline.explaining.version_explanation import VersionExplanation
from tideline.serving.answers import Explanation
from tideline.serving.deployment import DeployedVersion
from tideline.serving.instances import ModelInput
from tideline.serving.loaded_model import RawAnswer
from tideline.serving.log_line import write_log
from tideline.serving.model_cache import ArtifactReader
from tideline.serving.problems import Problem

# Also in `tideline.domain.keys`, which imports more than is wanted here.
FILE = "explanation.json"
MAX_EXPLAINED = 100
# Numbers computed for one call, at 0.05 us each on a busy processor: seconds, far from the API's 29 on one
# half as fast. 100 trees of 31 leaves cost 93,000 a row, 300 of 127 leaves 1.8 million.
MAX_COST = 50_000_000
# As long as a deployment is believed.
_RETRY_AFTER_S = 5.0
_ATTEMPTS = 4
_RETRY_SOON_S, _RETRY_LATER_S = 1, 10


class LakeExplainer:
    """Explains answers of every version, by files beside their artifacts.

    Args:
        lake: Reads the files.
        budget_bytes: How much of them is kept in memory; the one in use is, whatever its size.
        clock: Seconds that never go back.
    """

    def __init__(self, lake: ArtifactReader, *, budget_bytes: int, clock: Callable[[], float]) -> None:
        self._lake = lake
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], VersionExplanation] = OrderedDict()
        self._failures: dict[tuple[str, str], tuple[TidelineError, float]] = {}

    def __call__(
        self, entry: DeployedVersion, rows: Sequence[ModelInput], raw: Sequence[RawAnswer]
    ) -> list[Explanation]:
        """Return an explanation of each row's answer.

        Raises:
            Problem: 409 where the version has none, 413 for too many rows, 503 where it can't be used.
        """
        if not entry.explanation_sha256:
            raise Problem(409, f"version {entry.version} has no explanations: train it again")
        _check_count(len(rows), MAX_EXPLAINED)
        try:
            version = self._version(entry)
            _check_count(len(rows), MAX_COST // max(version.cost_per_row, 1))
            return version.explain(rows, raw)
        except TidelineError as error:
            write_log("ERROR", "the explanation can't be used", error=str(error), version=entry.version)
            pause = _RETRY_SOON_S if isinstance(error, TransientError) else _RETRY_LATER_S
            detail = "the explanation is not available right now: ask without `explain`, or later"
            raise Problem(503, detail, retry_after_s=pause) from error

    def _version(self, entry: DeployedVersion) -> VersionExplanation:
        name = (entry.key, entry.explanation_sha256)
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
            return found
        failure = self._failures.get(name)
        if failure is not None and self._clock() < failure[1]:
            raise failure[0]
        return self._load(entry, name)

    def _load(self, entry: DeployedVersion, name: tuple[str, str]) -> VersionExplanation:
        try:
            content = self._lake.read(f"{entry.key.rpartition('/')[0]}/{FILE}", attempts=_ATTEMPTS)
            version = VersionExplanation(content, sha256=entry.explanation_sha256, signature=entry.signature)
        except TidelineError as error:
            self._failures = {name: (error, self._clock() + _RETRY_AFTER_S)}
            raise
        self._kept[name] = version
        self._evict()
        return version

    def _evict(self) -> None:
        size = sum(version.size_bytes for version in self._kept.values())
        while size > self._budget_bytes and len(self._kept) > 1:
            _, forgotten = self._kept.popitem(last=False)
            size -= forgotten.size_bytes


def _check_count(count: int, most: int) -> None:
    """Refuse more rows than are explained at once."""
    if most < 1:
        raise Problem(413, "this version has too many trees for its answers to be explained")
    if count > most:
        raise Problem(413, f"{count:,} instances; at most {most:,} of this version are explained in one call")
