"""Where everything lies in the two buckets: one layout, shared by writer and reader.

The inbox is the users' side; the lake is ours. Model names are checked before they become part of a key
(`MODEL_NAME`), so that no key can leave its model's prefix.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MODEL_NAME = re.compile(r"^[a-z][a-z0-9-]{1,40}$")
SPEC_FILE = "model.yaml"
REFERENCE_FILE = "reference.json"
# Beside an artifact; `tideline.explaining` names it too, for it can't import this.
EXPLANATION_FILE = "explanation.json"


class InboxArea(StrEnum):
    """What a dropped object is for."""

    SPEC = "spec"
    DATA = "data"
    LABELS = "labels"
    BATCH = "batch"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class InboxAddress:
    """A key of the inbox, understood: `model` is empty where it is no legal model name."""

    model: str
    area: InboxArea
    name: str


def parse_inbox_key(key: str) -> InboxAddress:
    """Understand an inbox key, already decoded, without ever refusing it.

    A key that follows no rule has the area UNKNOWN, so that it can be answered rather than lost.
    """
    model, _, rest = key.partition("/")
    if not MODEL_NAME.fullmatch(model):
        return InboxAddress(model="", area=InboxArea.UNKNOWN, name=key)
    if rest == SPEC_FILE:
        return InboxAddress(model=model, area=InboxArea.SPEC, name=rest)
    folder, slash, name = rest.partition("/")
    known = {area.value: area for area in (InboxArea.DATA, InboxArea.LABELS, InboxArea.BATCH)}
    if slash and name and folder in known:
        return InboxAddress(model=model, area=known[folder], name=name)
    return InboxAddress(model=model, area=InboxArea.UNKNOWN, name=rest)


def spec_key(model: str) -> str:
    """Inbox key of a model's spec."""
    return f"{model}/{SPEC_FILE}"


def data_key(model: str, name: str) -> str:
    """Inbox key of a training file."""
    return f"{model}/{InboxArea.DATA}/{name}"


def dataset_key(model: str, sha256: str) -> str:
    """Lake key of an accepted batch, addressed by the SHA-256 of its Parquet bytes."""
    return f"{model}/datasets/{sha256}.parquet"


def run_key(model: str, run_id: str, name: str) -> str:
    """Lake key of something that a run made."""
    return f"{model}/runs/{run_id}/{name}"


def trial_key(model: str, run_id: str, index: int) -> str:
    """Lake key of a trial's full result."""
    return run_key(model, run_id, f"trials/{index:03d}.json")


def version_key(model: str, version: int, name: str) -> str:
    """Lake key of a registered version's file."""
    return f"{model}/versions/{version}/{name}"


def object_id(key: str, version_id: str) -> str:
    """A short, path-safe name for one version of one dropped object."""
    return hashlib.sha256(f"{key}\0{version_id}".encode()).hexdigest()[:24]


def quarantine_key(model: str, object_name: str, name: str) -> str:
    """Lake key of a quarantined object's rows or reason; `model` may be empty for keys without one."""
    return f"{model or '_unaddressed'}/quarantine/{object_name}/{name}"


def predictions_prefix(model: str, at: datetime) -> str:
    """Lake prefix of the hour of the prediction log that a moment, in UTC, belongs to."""
    return f"{model}/predictions/date={at:%Y-%m-%d}/hour={at:%H}/"


def told_key(model: str, name: str) -> str:
    """Inbox key of a file of outcomes."""
    return f"{model}/{InboxArea.LABELS}/{name}"


def labels_prefix(model: str) -> str:
    """Lake prefix of what turned out to be true of a model's predictions."""
    return f"{model}/labels/"


def predictions_day_prefix(model: str, at: datetime) -> str:
    """Lake prefix of the day of the prediction log that a moment, in UTC, belongs to."""
    return f"{model}/predictions/date={at:%Y-%m-%d}/"


def scores_key(model: str, job_id: str, name: str) -> str:
    """Lake key of something that a batch job made."""
    return f"{model}/scores/{job_id}/{name}"


def reference_key(model: str, version: int) -> str:
    """Lake key of what a version is held against while it is live."""
    return version_key(model, version, REFERENCE_FILE)


def hour_counts_key(model: str, version: int, at: datetime) -> str:
    """Lake key of what was counted of a version's calls in the hour, in UTC, that a moment belongs to."""
    return f"{model}/monitoring/hours/version={version}/date={at:%Y-%m-%d}/hour={at:%H}.json"


def monitoring_key(model: str, look: str, name: str) -> str:
    """Lake key of something that a look at a model's live version made; looks sort by time.

    Args:
        model: Its name.
        look: As `tideline.domain.monitoring.look.look_name` makes it: it begins with the day.
        name: Of the file.
    """
    return f"{model}/monitoring/looks/{look[:8]}/{look}/{name}"


def monitoring_day_prefix(model: str, day: datetime) -> str:
    """Lake prefix of the looks at a model on the day, in UTC, that a moment belongs to."""
    return f"{monitoring_prefix(model)}{day:%Y%m%d}/"


def quality_day_key(model: str, version: int, day: datetime) -> str:
    """Lake key of how good a version's answers of a day, in UTC, turned out to be."""
    return f"{model}/monitoring/quality/version={version}/date={day:%Y-%m-%d}.json"


def quality_together_key(model: str, version: int) -> str:
    """Lake key of how good a version's answers turned out to be on days that are too small by themselves."""
    return f"{model}/monitoring/quality/version={version}/together.json"


def monitoring_prefix(model: str) -> str:
    """Lake prefix of all looks at a model."""
    return f"{model}/monitoring/looks/"
