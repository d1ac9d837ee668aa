"""Facts: what Tideline tells the world. Past participles, one detail type a fact."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.release.deployment import Strategy
from tideline.domain.training.admission import Denial
from tideline.domain.value import Value
from tideline.events.base import Fact


class SpecApplied(Fact):
    """A dropped spec is valid and is now version `spec_version`."""

    spec_version: int
    spec_sha256: str
    notices: tuple[str, ...] = ()


class SpecFault(Value):
    """One fault in a spec: the field's path, its line counted from 1, and what is wrong."""

    place: str
    line: int | None
    problem: str


class SpecRejected(Fact):
    """A dropped spec is wrong; the one before stays in force."""

    faults: tuple[SpecFault, ...]
    object_version: str


class DatasetAccepted(Fact):
    """A dropped file became a batch, and with it a new data set version."""

    dataset_version: int
    object_key: str
    rows: int
    bad_rows: int
    supersedes: tuple[int, ...] = ()
    quarantine_key: str | None = None


class DatasetQuarantined(Fact):
    """A dropped file was not used; `model` is empty where its key names none."""

    object_key: str
    object_version: str
    reason: str
    message: str


class TrainingStarted(Fact):
    """A run has been admitted."""

    run_id: str
    trigger: str
    dataset_version: int
    spec_version: int


class RetrainDenied(Fact):
    """A request started no run; `remembered` tells whether it starts one later by itself.

    Told once for each trigger and reason as long as a model waits, and to whoever asks in person each time.

    Attributes:
        until: From when on it may start, where that is known.
    """

    reason: Denial
    message: str
    trigger: str
    remembered: bool = False
    until: datetime | None = None


class ModelRegistered(Fact):
    """A run ended with a version that may go live, and what speaks for it."""

    version: int
    run_id: str
    verdict: Literal["PROMOTE"] = "PROMOTE"
    reasons: tuple[str, ...] = ()
    artifact_sha256: str
    metric: str
    value: float
    champion_value: float | None = None


class ModelRejected(Fact):
    """A run ended with a version that may not go live, and why: it is worse, or nobody can tell yet."""

    version: int
    run_id: str
    verdict: Literal["REJECT", "INCONCLUSIVE"] = "REJECT"
    reasons: tuple[str, ...]
    metric: str
    value: float
    champion_value: float | None = None


class ApprovalRequested(Fact):
    """A release waits for somebody else than `requested_by` to approve it, until `expires_at`.

    `requested_by` are IAM identities, none where the run was started by data or a schedule.
    """

    version: int
    run_id: str
    release_id: str
    artifact_sha256: str
    report_sha256: str
    requested_by: tuple[str, ...]
    expires_at: datetime
    metric: str
    value: float
    champion_value: float | None
    reasons: tuple[str, ...]


class TrafficShifted(Fact):
    """A step of a release has begun: `weight` percent of callers are answered by `version`.

    In the shadow it answers nobody, and is compared.
    """

    version: int
    champion: int
    release_id: str
    strategy: Strategy
    step: int
    steps: int
    weight: int
    generation: int


class ModelDeployed(Fact):
    """A version answers requests; `replaces` is the one that did before."""

    version: int
    generation: int
    strategy: Strategy = "all-at-once"
    replaces: int | None = None
    run_id: str | None = None


class ModelRolledBack(Fact):
    """A version answers no more, and `restored` does; `by` is what decided: a judge, a person or an alarm."""

    version: int
    restored: int
    generation: int
    by: Literal["judge", "request", "alarm", "failure"]
    reasons: tuple[str, ...]
    requested_by: str = ""
    release_id: str | None = None


class LabelsAccepted(Fact):
    """A dropped file of outcomes was read; they are joined with predictions when a model is looked at.

    Attributes:
        first: When the earliest prediction with a label may have been made; None where no label was usable.
        last: And the latest.
    """

    object_key: str
    rows: int
    bad_rows: int
    first: datetime | None = None
    last: datetime | None = None
    quarantine_key: str | None = None


class DriftedColumn(Value):
    """A feature, or the answers, that are not distributed any more as they were."""

    name: str
    psi: float
    adjusted_p_value: float
    importance: float | None = None
    effect: float | None = None


class DriftDetected(Fact):
    """What a version is asked, or what it answers, has shifted.

    Attributes:
        severity: ``retrain`` where the shift does harm, or may for all that is known; ``warning`` where
            nothing says that training again would help.
        since: Begin of the window, and `until` its end.
        features: The most harmful first; then answers, which have no importance.
        estimated: The metric as it is estimated to be now; None where it cannot be.
        reference: What the same estimate says of the holdout.
        trusted: Whether the estimate may be acted on; None where there is none, or nobody said.
        caveats: When not to trust it, in at most three sentences: first what makes this one doubtful.
        report_key: Of the page in the lake.
    """

    version: int
    severity: Literal["warning", "retrain"]
    since: datetime
    until: datetime
    rows: int
    features: tuple[DriftedColumn, ...]
    metric: str
    estimated: float | None = None
    reference: float | None = None
    trusted: bool | None = None
    caveats: tuple[str, ...] = ()
    reasons: tuple[str, ...]
    report_key: str


class PerformanceDropped(Fact):
    """Known outcomes say that a version's answers are worse than on its holdout.

    Attributes:
        since: Begin of the period, and `until` its end.
        labelled: Answers of the period whose outcome is known.
    """

    version: int
    since: datetime
    until: datetime
    labelled: int
    metric: str
    value: float
    low: float
    high: float
    reference: float
    reasons: tuple[str, ...]
    report_key: str


class BatchScored(Fact):
    """A dropped batch has been scored: one result for each of its rows, or a reason why it has none.

    Attributes:
        manifest_key: In the lake; lists the files of results and of refused rows.
    """

    job_id: str
    object_key: str
    version: int
    rows: int
    scored: int
    refused: int
    manifest_key: str


class RunFailed(Fact):
    """A run, a release, a rollback or a batch job ended without a result.

    Attributes:
        run_id: Of the run, the release or the job; of a rollback, whose it was.
    """

    run_id: str
    stage: str
    error: str
    cause: str
