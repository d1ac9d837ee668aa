"""The contract of one model: what people write in ``model.yaml``, with every default."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from tideline.domain.contract.durations import Duration, parse_duration
from tideline.domain.contract.release_spec import ReleaseSpec
from tideline.domain.contract.schedules import check_schedule
from tideline.domain.contract.section import Section
from tideline.domain.encoding import FeatureType, Task
from tideline.domain.keys import MODEL_NAME

# Names a feature may not take: the columns that Tideline adds to its own tables.
RESERVED_PREFIX = "_tl_"
# The column that DuckDB adds to what it reads from Parquet.
RESERVED_NAMES = frozenset({"file_row_number"})
MAX_NAME = 255
MAX_FEATURES = 2_000
# A trial's parameters and result travel in the workflow's state, which holds 256 KB.
MAX_TRIALS = 100
_LONGEST_WINDOW_S = 30 * 86_400
# Slices are of one or two features: 20 make 210 ways to cut the holdout.
MAX_SLICED = 20

METRICS: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "average_precision", "neg_log_loss", "neg_brier_score", "accuracy", "f1"),
    "multiclass": ("neg_log_loss", "accuracy", "balanced_accuracy", "f1_macro"),
    "regression": (
        "neg_root_mean_squared_error",
        "neg_mean_absolute_error",
        "neg_mean_squared_error",
        "r2",
    ),
}

# A value of a category or of the target: in YAML it may look like a number or a boolean.
Label = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]


class FeatureSpec(Section):
    """What one column must look like; bounds are inclusive.

    Attributes:
        private: Values stay out of the prediction log: a category's is hashed, a number is left out.
    """

    type: FeatureType
    min: float | None = None
    max: float | None = None
    values: tuple[Label, ...] | None = Field(default=None, min_length=1, max_length=1_000)
    required: bool = True
    private: bool = False

    @field_validator("values", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return tuple(_label(item) for item in value) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type == "number" and self.values is not None:
            raise ValueError("`values` is for categories; a number has `min` and `max`")
        if self.type == "category" and (self.min is not None or self.max is not None):
            raise ValueError("`min` and `max` are for numbers; a category has `values`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"`min` {self.min:g} is greater than `max` {self.max:g}")
        return self


class RowWindow(Section):
    """Only the newest rows."""

    last_rows: int = Field(ge=1)


class DayWindow(Section):
    """Only the newest days, counted back from the newest row."""

    last_days: int = Field(ge=1)


class TrainingSpec(Section):
    """How to train."""

    trainer: Literal["auto", "lightgbm", "linear"] = "auto"
    trials: int = Field(default=16, ge=1, le=MAX_TRIALS)
    compute: Literal["auto", "function", "batch", "sagemaker"] = "auto"
    window: RowWindow | DayWindow | None = None
    bad_rows: float = Field(default=0.05, ge=0, le=1)

    @field_validator("window", mode="before")
    @classmethod
    def _one_window(cls, value: object) -> object:
        if isinstance(value, dict) and len(value.keys() & {"last_rows", "last_days"}) != 1:
            raise ValueError("write one of `last_rows` and `last_days`")
        if isinstance(value, dict):
            return (RowWindow if "last_rows" in value else DayWindow).model_validate(value)
        return value


class FairnessSpec(Section):
    """Groups that must be treated alike.

    Rates are of the positive class; `max_gap` is a difference of rates, or for `mean_error` one in the
    target's own unit.

    Attributes:
        attributes: Features, or other columns of the training files, which are judged on and never
            learnt from.
    """

    attributes: tuple[str, ...] = Field(min_length=1, max_length=MAX_SLICED)
    metric: Literal["selection_rate", "true_positive_rate", "false_positive_rate", "mean_error"] = (
        "true_positive_rate"
    )
    max_gap: float = Field(default=0.10, gt=0)

    @model_validator(mode="after")
    def _gap_of_rates(self) -> Self:
        if self.metric != "mean_error" and self.max_gap > 1:
            raise ValueError(f"`max_gap` {self.max_gap:g}: rates cannot differ by more than 1")
        return self


class EvaluationSpec(Section):
    """What a model must reach."""

    metric: str | None = None
    minimum: float | None = None
    hypothesis: Literal["non_inferiority", "superiority"] = "non_inferiority"
    margin: float = Field(default=0.005, ge=0)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    slices: tuple[str, ...] = Field(default=(), max_length=MAX_SLICED)
    min_slice_rows: int = Field(default=100, ge=20)
    fairness: FairnessSpec | None = None


class CaptureSpec(Section):
    """What of the live calls is kept in the prediction log.

    Attributes:
        sample: Share of the calls; a call is kept with all its rows or not at all.
    """

    sample: float = Field(default=1.0, gt=0, le=1)


class DriftSpec(Section):
    """How much drift is too much.

    Attributes:
        psi: Population stability index from which a shift is large.
        false_alarms: Expected share of false ones among the features that are said to have drifted.
    """

    psi: float = Field(default=0.2, gt=0)
    false_alarms: float = Field(default=0.05, gt=0, lt=0.5)


class LabelSpec(Section):
    """What is expected of the outcomes that are told later.

    Attributes:
        coverage: Share of a day's answers whose outcome has to be known before the day is judged.
        horizon: How long after a prediction its outcome may come.
    """

    coverage: float = Field(default=0.8, gt=0, le=1)
    horizon: Duration = parse_duration("90d")


class MonitoringSpec(Section):
    """How often to look at live traffic, and at how much of it.

    Attributes:
        every: How often.
        window: What a look covers: a day by default, for an hour of the night is not like the training rows,
            which are of all hours.
        min_rows: A look goes further back than `window` where it has fewer rows, up to a week.
    """

    every: Duration = parse_duration("1h")
    window: Duration = parse_duration("1d")
    min_rows: int = Field(default=500, ge=1)
    drift: DriftSpec = DriftSpec()
    labels: LabelSpec = LabelSpec()

    @field_validator("window")
    @classmethod
    def _not_too_long(cls, value: int) -> int:
        if value > _LONGEST_WINDOW_S:
            raise ValueError("at most 30d: what is older says little of now")
        return value


class BreakerSpec(Section):
    """When training again is not worth it any more: what was tried last was no better.

    Attributes:
        rejected: So many challengers rejected in a row open the breaker.
        retry_after: How long it stays open; then one run is let through.
    """

    rejected: int = Field(default=5, ge=1)
    retry_after: Duration = parse_duration("1d")


class RetrainingSpec(Section):
    """What starts a run, and what holds it back.

    Attributes:
        max_cost_per_month: In US dollars, estimated; a calendar month in UTC, as `max_runs_per_month`.
    """

    on: tuple[Literal["data", "drift", "performance", "schedule"], ...] = ("data", "drift", "performance")
    schedule: str | None = None
    cooldown: Duration | None = None
    max_runs_per_month: int | None = Field(default=None, ge=1)
    max_cost_per_month: float | None = Field(default=None, gt=0)
    breaker: BreakerSpec = BreakerSpec()

    @field_validator("schedule")
    @classmethod
    def _legal_schedule(cls, value: str | None) -> str | None:
        return value if value is None else check_schedule(value)

    @model_validator(mode="after")
    def _schedule_fits(self) -> Self:
        if "schedule" in self.on and self.schedule is None:
            raise ValueError("`on` lists schedule, but there is no `schedule`")
        return self


class ModelSpec(Section):
    """Everything Tideline needs to know of a model; only the first four fields are required."""

    model: str
    task: Task
    target: str = Field(min_length=1, max_length=MAX_NAME)
    features: dict[str, FeatureSpec] = Field(min_length=1, max_length=MAX_FEATURES)
    positive: Label | None = None
    entity: str | None = None
    time: str | None = None
    training: TrainingSpec = TrainingSpec()
    evaluation: EvaluationSpec = EvaluationSpec()
    release: ReleaseSpec = ReleaseSpec()
    capture: CaptureSpec = CaptureSpec()
    monitoring: MonitoringSpec = MonitoringSpec()
    retraining: RetrainingSpec = RetrainingSpec()

    @field_validator("model")
    @classmethod
    def _legal_name(cls, value: str) -> str:
        if not MODEL_NAME.fullmatch(value):
            raise ValueError("2 to 41 small letters, digits and hyphens, a letter first")
        return value

    @field_validator("positive", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return value if value is None else _label(value)

    @field_validator("features")
    @classmethod
    def _legal_features(cls, value: dict[str, FeatureSpec]) -> dict[str, FeatureSpec]:
        for name in value:
            _require_legal_name(name)
        if len({name.casefold() for name in value}) != len(value):
            raise ValueError("two features differ only in upper and lower case")
        return value

    @model_validator(mode="after")
    def _columns_have_one_role(self) -> Self:
        taken = {name.casefold(): f"the feature {name!r}" for name in self.features}
        for role in ("target", "entity", "time"):
            name = getattr(self, role)
            if name is None:
                continue
            _require_legal_name(name)
            # A shop or a machine is an entity, and may well be learnt from.
            if role == "entity" and name in self.features:
                continue
            if name.casefold() in taken:
                raise ValueError(
                    f"the {role} {name!r} is also {taken[name.casefold()]}: a column has one role"
                )
            taken[name.casefold()] = f"the {role}"
        return self

    @model_validator(mode="after")
    def _attributes_are_columns_of_their_own(self) -> Self:
        known = {name.casefold(): name for name in (*self.features, *([self.entity] if self.entity else []))}
        attributes = self.evaluation.fairness.attributes if self.evaluation.fairness else ()
        for place, name in enumerate(attributes):
            _require_legal_name(name)
            told = f"`evaluation.fairness.attributes` names {name!r}"
            for role in ("target", "time"):
                if name.casefold() == (getattr(self, role) or "").casefold():
                    raise ValueError(f"{told}, which is the {role}: name a feature or another column")
            if name.casefold() in {other.casefold() for other in attributes[:place]}:
                raise ValueError(f"{told} twice")
            near = known.get(name.casefold(), name)
            if near != name:
                raise ValueError(f"{told}: {near!r} differs from it only in upper and lower case")
        return self

    @model_validator(mode="after")
    def _fits_its_task(self) -> Self:
        if self.positive is not None and self.task != "binary":
            raise ValueError("`positive` is for binary tasks")
        if isinstance(self.training.window, DayWindow) and self.time is None:
            raise ValueError("`training.window.last_days` needs `time`: the column that says when a row was")
        metric = self.evaluation.metric
        if metric is not None and metric not in METRICS[self.task]:
            raise ValueError(
                f"`evaluation.metric` {metric!r}: for {self.task} use one of {', '.join(METRICS[self.task])}"
            )
        output = "value" if self.task == "regression" else "probabilities"
        if output in self.features:
            raise ValueError(f"no feature may be called {output!r}: the model's answer is; rename the column")
        unknown = [name for name in self.evaluation.slices if name not in self.features]
        if unknown:
            raise ValueError(f"`evaluation.slices` names {unknown[0]!r}, which is not a feature")
        return self

    @model_validator(mode="after")
    def _fairness_fits_its_task(self) -> Self:
        rules = self.evaluation.fairness
        if rules is None:
            return self
        if self.task == "multiclass":
            raise ValueError(
                "`evaluation.fairness` is for binary and regression tasks: its rates are of one class"
            )
        if (rules.metric == "mean_error") != (self.task == "regression"):
            fitting = "mean_error" if self.task == "regression" else "a rate, such as true_positive_rate"
            raise ValueError(f"`evaluation.fairness.metric` {rules.metric!r}: for {self.task} use {fitting}")
        return self

    @property
    def metric(self) -> str:
        """The metric that decides, by scikit-learn's name; higher is better for each of them."""
        return self.evaluation.metric or METRICS[self.task][0]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a training file must have: target, entity, time, features, audit columns."""
        keys = [self.target, *(name for name in (self.entity, self.time) if name)]
        return tuple(dict.fromkeys([*keys, *self.features, *self.audit_columns]))

    @property
    def audit_columns(self) -> tuple[str, ...]:
        """Fairness attributes that are no features: a model is judged on them and never sees them."""
        fairness = self.evaluation.fairness
        return tuple(name for name in fairness.attributes if name not in self.features) if fairness else ()

    @property
    def schema_sha256(self) -> str:
        """Hash of what decides how a file is read; the same file under another schema is another batch."""
        parts = self.model_dump(
            mode="json", include={"task", "target", "positive", "entity", "time", "features"}
        )
        for rule in parts["features"].values():
            # Says nothing of how a file is read.
            del rule["private"]
        # Left out where there are none: files read before there were audit columns keep their hash.
        audit = {"audit_columns": sorted(self.audit_columns)} if self.audit_columns else {}
        return _sha256(parts | audit | {"bad_rows": self.training.bad_rows})

    @property
    def sha256(self) -> str:
        """Hash of the whole spec, defaults included."""
        return _sha256(self.model_dump(mode="json"))


class SpecHead(Section):
    """Number and hash of the spec in force; number 0 where there is none."""

    version: int = 0
    sha256: str = ""


def _require_legal_name(name: str) -> None:
    if not name or len(name) > MAX_NAME:
        raise ValueError(f"{name[:MAX_NAME]!r} cannot be a column: 1 to {MAX_NAME} characters")
    if name.startswith(RESERVED_PREFIX) or name.casefold() in RESERVED_NAMES:
        raise ValueError(f"{name!r} is a name that Tideline needs itself: rename the column")


def _label(value: object) -> object:
    """Spell a value as it would stand in a file: ``true`` for booleans, digits for numbers."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _sha256(value: dict[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
