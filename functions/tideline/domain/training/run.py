"""A training run: its order, what passes between its stages, and its record."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from enum import StrEnum

from tideline.domain.costs.cost import Cost
from tideline.domain.value import Value

_RUN_ID = re.compile(r"([a-z][a-z0-9-]{1,40})-d[0-9]+-s[0-9]+(?:-a[0-9]+)?")
Parameter = str | int | float | bool


class RunOrder(Value):
    """What is to be done: the same order gives the same model."""

    model: str
    run_id: str
    spec_version: int
    dataset_version: int
    seed: int


class TrialPlan(Value):
    """One set of hyperparameters to try."""

    index: int
    trainer: str
    parameters: dict[str, Parameter]


class Prepared(Value):
    """What the prepare stage hands on; the arrays lie in the lake.

    Attributes:
        holdout: Number of the link in the chain of holdouts by which rows were held out.
    """

    trials: tuple[TrialPlan, ...]
    rows_train: int
    rows_holdout: int
    holdout: int = 0


class TrialResult(Value):
    """How a trial did on the validation rows; a higher score is better."""

    index: int
    trainer: str
    parameters: dict[str, Parameter]
    score: float
    rounds: int
    seconds: float


def best_trial(results: tuple[TrialResult, ...]) -> TrialResult:
    """Return the trial with the highest score; of equals the first."""
    return max(results, key=lambda result: (result.score, -result.index))


class FittedModel(Value):
    """The candidate, fitted again with the best trial's parameters.

    Attributes:
        score: The best trial's, on the validation rows; a higher one is better.
        library_versions: Of what trained it, by distribution name.
        platform: What it was trained on: ``python``, ``system``, ``machine``, ``processor``.
        code_sha256: Of the functions' source.
        lock_sha256: Of the files that lock the trainer's libraries.
        explanation_sha256: Of the file that explains its answers; empty where there is none.
    """

    sha256: str
    size_bytes: int
    trainer: str
    parameters: dict[str, Parameter]
    rounds: int
    score: float
    library_versions: dict[str, str] = {}
    platform: dict[str, str] = {}
    code_sha256: str = ""
    lock_sha256: str = ""
    explanation_sha256: str = ""


class Evaluated(Value):
    """The verdict in short; the whole report lies in the lake under its hash."""

    verdict: str
    reasons: tuple[str, ...]
    metric: str
    candidate: float
    champion: float | None
    report_sha256: str


class TrialTask(Value):
    """Input of one trial."""

    order: RunOrder
    trial: TrialPlan


class FitTask(Value):
    """Input of the fit stage."""

    order: RunOrder
    results: tuple[TrialResult, ...]


class EvaluationTask(Value):
    """Input of the evaluate stage."""

    order: RunOrder
    fitted: FittedModel


class RegistrationTask(Value):
    """Input of the register stage."""

    order: RunOrder
    results: tuple[TrialResult, ...]
    fitted: FittedModel
    evaluation: Evaluated


class RunStatus(StrEnum):
    """Where a run stands; all but the first two are final."""

    STARTING = "starting"
    RUNNING = "running"
    REGISTERED = "registered"
    REJECTED = "rejected"
    FAILED = "failed"


class Trigger(StrEnum):
    """What asked for a run."""

    DATA = "data"
    DRIFT = "drift"
    PERFORMANCE = "performance"
    SCHEDULE = "schedule"
    REQUEST = "request"


class RunFailure(Value):
    """Why a run failed, and how to see it again.

    Attributes:
        stage: State of the workflow in which it happened.
        error: Class name of the error, such as ``TrainingImpossible``, or a ``States.*`` code.
        inputs: Lake keys and versions that the run read.
        reproduce: A command that runs the same again.
    """

    stage: str
    error: str
    cause: str
    inputs: dict[str, str] = {}
    reproduce: str = ""


class Run(Value):
    """The record of a run.

    Attributes:
        cost: What it cost, once it is over; None where that is not known.
        cost_note: Why it is not known.
    """

    order: RunOrder
    status: RunStatus
    trigger: Trigger
    requested_by: str = ""
    attempt: int = 1
    execution_arn: str = ""
    created_at: datetime
    ended_at: datetime | None = None
    version: int | None = None
    evaluation: Evaluated | None = None
    failure: RunFailure | None = None
    cost: Cost | None = None
    cost_note: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status not in (RunStatus.STARTING, RunStatus.RUNNING)


def run_id(model: str, *, dataset_version: int, spec_version: int, attempt: int) -> str:
    """Name a run after what it does, so that the same work asked for twice has one name."""
    name = f"{model}-d{dataset_version}-s{spec_version}"
    return name if attempt == 1 else f"{name}-a{attempt}"


def reproduction_id(run_id: str, *, at: datetime) -> str:
    """Name a reproduction of a run: never what a run is named, so that its files lie apart."""
    return f"{run_id}-r{at:%Y%m%d%H%M%S}"


def model_of_run(run_id: str) -> str:
    """Return the model whose run this is; raises `ValueError` for a name that `run_id` did not make."""
    match = _RUN_ID.fullmatch(run_id)
    if match is None:
        raise ValueError(f"{run_id!r} is not the id of a run")
    return match[1]


def run_seed(model: str, *, dataset_version: int, spec_version: int) -> int:
    """Return a seed in [0, 2**31), the same for every attempt at the same work."""
    text = f"{model}\0{dataset_version}\0{spec_version}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1
