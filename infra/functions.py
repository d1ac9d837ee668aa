"""Every function in one table: what it is made of and how much of the machine it gets.

The folder of that name under `functions/` holds its handler and its settings.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable
from dataclasses import dataclass

# The most that a new account may give a function, and 1.7 processors (one per 1,769 MB).
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_LARGEST_EVERYWHERE_MB = 3008
_ONE_PROCESSOR_MB = 1769
_SMALLEST_DISK_MB = 512
_LARGEST_DISK_MB = 10240
# API Gateway gives up after 30 seconds; a function that runs on would answer nobody.
_HTTP_TIMEOUT_S = 29
_LONGEST_TIMEOUT_S = 900


@dataclass(frozen=True, kw_only=True)
class FunctionDefinition:
    """How one function is deployed.

    Attributes:
        name: Its folder under `functions/`.
        layers: Dependency sets that it needs, each a lock in `requirements/`.
        memory_mb: Memory, and with it the share of processors.
        timeout_s: Seconds after which it is killed.
        disk_mb: Size of `/tmp`.
        environment: Variables that libraries read, beside what `Settings` names.
    """

    name: str
    layers: tuple[str, ...]
    memory_mb: int
    timeout_s: int
    disk_mb: int
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def handler(self) -> str:
        """The handler as Lambda names it."""
        return f"{self.name}.handler.handler"


def _step(name: str, *layers: str, memory_mb: int = 512, disk_mb: int = 512) -> FunctionDefinition:
    """A function that computes, for up to as long as Lambda allows."""
    return FunctionDefinition(
        name=name,
        layers=layers,
        memory_mb=memory_mb,
        timeout_s=_LONGEST_TIMEOUT_S,
        disk_mb=disk_mb,
    )


def _trainer(name: str) -> FunctionDefinition:
    """A function that trains.

    Threads that wait for work must not spin: on two processors two trainings at once took 20 s instead
    of 0.7 s. And the number of BLAS threads decides the last bits of a linear model.
    """
    step = _step(name, "core", "train", memory_mb=_LARGEST_EVERYWHERE_MB, disk_mb=2048)
    quiet = (("OMP_WAIT_POLICY", "PASSIVE"), ("OPENBLAS_NUM_THREADS", "1"))
    return dataclasses.replace(step, environment=quiet)


def _decision(name: str) -> FunctionDefinition:
    """A function that reads a few records, decides and writes one."""
    return FunctionDefinition(
        name=name, layers=("core",), memory_mb=512, timeout_s=60, disk_mb=_SMALLEST_DISK_MB
    )


def _http(name: str) -> FunctionDefinition:
    """A function that answers a call about a few records."""
    return dataclasses.replace(_decision(name), timeout_s=_HTTP_TIMEOUT_S)


def _scorer(name: str, *layers: str) -> FunctionDefinition:
    """A function that loads a model and answers.

    `check_candidate` has to be like `predict` here: what loads and answers there within these
    limits will do so in `predict`.
    """
    return FunctionDefinition(
        name=name, layers=layers, memory_mb=1024, timeout_s=_HTTP_TIMEOUT_S, disk_mb=1024
    )


def _capturer(name: str, *, memory_mb: int, timeout_s: int, disk_mb: int) -> FunctionDefinition:
    """A function that writes the prediction log's table."""
    return FunctionDefinition(
        name=name, layers=("core", "data"), memory_mb=memory_mb, timeout_s=timeout_s, disk_mb=disk_mb
    )


_TABLE = (
    _decision("apply_spec"),
    _step("ingest_data", "core", "data", memory_mb=2048, disk_mb=_LARGEST_DISK_MB),
    _step("ingest_labels", "core", "data", memory_mb=2048, disk_mb=_LARGEST_DISK_MB),
    _decision("admit_run"),
    _step("prepare_data", "core", "data", memory_mb=_LARGEST_EVERYWHERE_MB, disk_mb=_LARGEST_DISK_MB),
    _trainer("run_trial"),
    _trainer("fit_model"),
    _step("evaluate_model", "core", "serve", memory_mb=_LARGEST_EVERYWHERE_MB, disk_mb=2048),
    _decision("register_model"),
    _decision("conclude_run"),
    _decision("start_release"),
    _scorer("check_candidate", "core", "serve"),
    _decision("request_approval"),
    _step("judge_release", "core", "data", memory_mb=2048, disk_mb=_LARGEST_DISK_MB),
    _decision("shift_traffic"),
    _decision("break_off"),
    _decision("roll_back"),
    _decision("conclude_release"),
    _scorer("predict", "serve"),
    # A delivery is at most some megabytes.
    _capturer("capture_predictions", memory_mb=1024, timeout_s=120, disk_mb=_SMALLEST_DISK_MB),
    _capturer("compact_predictions", memory_mb=2048, timeout_s=_LONGEST_TIMEOUT_S, disk_mb=_LARGEST_DISK_MB),
    _step("monitor_model", "core", "data", memory_mb=2048, disk_mb=_LARGEST_DISK_MB),
    _decision("start_batch"),
    _step("split_batch", "core", "data", memory_mb=_LARGEST_EVERYWHERE_MB, disk_mb=_LARGEST_DISK_MB),
    # One whole processor, which one thread of ONNX Runtime keeps busy.
    _step("score_shard", "core", "score", memory_mb=_ONE_PROCESSOR_MB, disk_mb=2048),
    _step("conclude_batch", "core", "data", memory_mb=2048, disk_mb=2048),
    _decision("abandon_batch"),
    _decision("notify"),
    # Made only where a chat is set.
    _decision("send_to_chat"),
    _http("decide_approval"),
    _http("describe_models"),
    _http("request_release"),
    _http("request_rollback"),
)
FUNCTIONS = {definition.name: definition for definition in _TABLE}


@dataclass(frozen=True, kw_only=True)
class SettingsField:
    """One value that a function wants from its environment."""

    name: str
    required: bool


def settings_fields(function: str) -> tuple[SettingsField, ...]:
    """Return the fields of a function's `Settings`, be it a pydantic, msgspec or data class.

    Raises:
        ModuleNotFoundError: if the function has no settings module.
    """
    settings = importlib.import_module(f"{function}.settings").Settings
    if hasattr(settings, "model_fields"):
        return _fields((name, f.is_required()) for name, f in settings.model_fields.items())
    if hasattr(settings, "__struct_fields__"):
        optional = settings.__struct_fields__[
            len(settings.__struct_fields__) - len(settings.__struct_defaults__) :
        ]
        return _fields((name, name not in optional) for name in settings.__struct_fields__)
    return _fields(
        (f.name, f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING)
        for f in dataclasses.fields(settings)
    )


def _fields(found: Iterable[tuple[str, bool]]) -> tuple[SettingsField, ...]:
    return tuple(SettingsField(name=name, required=required) for name, required in found)
