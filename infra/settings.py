"""What differs from environment to environment, and what a person may set with `-c`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from infra.alert_settings import AlertSettings, read_alert_settings
from infra.api_settings import ApiSettings, read_api_settings

Architecture = Literal["arm64", "x86_64"]

DEFAULT_PYTHON = "3.13"
# Graviton costs a fifth less per GB-second than x86-64, at the same speed for this work.
DEFAULT_ARCHITECTURE: Architecture = "arm64"

# Bucket names hold the environment, an account and a region and may not be longer than 63.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,18}[a-z0-9]")
_PYTHON = re.compile(r"3\.\d{2}")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One deployment of Tideline, named by `-c env=NAME`.

    Attributes:
        name: Goes into the name of the stack and of everything that a user refers to by name.
        retained: Whether data outlives the stack, and can be restored to a point in time.
        log_retention: How long logs are kept, in CloudWatch Logs' own steps.
        archive_days: How long the bus keeps its events for a replay.
        noncurrent_days: How long an overwritten or deleted object can still be brought back.
    """

    name: str
    retained: bool
    log_retention: Literal["TWO_WEEKS", "THREE_MONTHS"]
    archive_days: int
    noncurrent_days: int

    @property
    def prefix(self) -> str:
        """What the names of this environment's resources start with."""
        return f"tideline-{self.name}"


def environment(name: str) -> Environment:
    """Return the environment of that name: `dev` can be thrown away, every other one is kept.

    Raises:
        ValueError: if the name can't be part of a bucket's name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"-c env={name}: 2 to 20 lower-case letters, digits and hyphens, a letter first")
    if name == "dev":
        return Environment(
            name=name,
            retained=False,
            log_retention="TWO_WEEKS",
            archive_days=14,
            noncurrent_days=7,
        )
    return Environment(
        name=name,
        retained=True,
        log_retention="THREE_MONTHS",
        archive_days=365,
        noncurrent_days=90,
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a person may set on the command line of `cdk`."""

    environment: Environment
    target: Literal["aws", "local"]
    python: str
    architecture: Architecture
    bundled: bool
    api: ApiSettings
    alerts: AlertSettings


def read_settings(context: Mapping[str, str]) -> Settings:
    """Return the settings that `-c key=value` asks for.

    Args:
        context: `env` (dev), `target` (aws), `python` (3.13), `arch` (arm64) and `bundling`
            (`skip` leaves the layers empty: for reading a template without building), and what
            `infra.api_settings` and `infra.alert_settings` read.

    Raises:
        ValueError: naming the key whose value isn't known.
    """
    target = context.get("target", "aws")
    if target not in ("aws", "local"):
        raise ValueError(f"-c target={target}: aws or local")
    architecture = context.get("arch", DEFAULT_ARCHITECTURE)
    if architecture not in ("arm64", "x86_64"):
        raise ValueError(f"-c arch={architecture}: arm64 or x86_64")
    python = context.get("python", DEFAULT_PYTHON)
    if not _PYTHON.fullmatch(python):
        raise ValueError(f"-c python={python}: a version like {DEFAULT_PYTHON}")
    bundling = context.get("bundling", "build")
    if bundling not in ("build", "skip"):
        raise ValueError(f"-c bundling={bundling}: build or skip")
    return Settings(
        environment=environment(context.get("env", "dev")),
        target="local" if target == "local" else "aws",
        python=python,
        architecture="x86_64" if architecture == "x86_64" else "arm64",
        bundled=bundling == "build",
        api=read_api_settings(context),
        alerts=read_alert_settings(context),
    )
