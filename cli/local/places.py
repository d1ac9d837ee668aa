"""Where the local target keeps things: all of it in the checkout, nothing elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Places:
    """The paths of one checkout.

    Attributes:
        root: The checkout.
        folder: Name of the folder in it that keeps one local cloud; tests and benchmarks have their own.
    """

    root: Path = ROOT
    folder: str = ".tideline"

    @property
    def home(self) -> Path:
        """Everything that `reset` forgets."""
        return self.root / self.folder

    @property
    def record(self) -> Path:
        """What is running where, for other programs to read."""
        return self.home / "local.json"

    @property
    def state(self) -> Path:
        """What the local cloud remembers between runs."""
        return self.home / "state"

    @property
    def objects(self) -> Path:
        """The contents of buckets."""
        return self.home / "s3"

    @property
    def scratch(self) -> Path:
        """Temporary files of the local cloud and its workers."""
        return self.home / "tmp"

    @property
    def people(self) -> Path:
        """Keys of the users that `--as` acts as."""
        return self.home / "people"

    @property
    def logs(self) -> Path:
        """Logs of the local cloud and of deployments."""
        return self.home / "logs"

    @property
    def assembly(self) -> Path:
        """The synthesized stack; apart from `cdk.out`, which is for AWS."""
        return self.home / "cdk.out"

    @property
    def cloud_python(self) -> Path:
        """The interpreter of the local cloud and of its functions."""
        return self.root / ".venv/local-cloud/bin/python"

    @property
    def python(self) -> Path:
        """The interpreter of the command line, which synthesizes."""
        return Path(sys.executable)

    @property
    def cdk(self) -> Path:
        """The pinned CDK command line."""
        return self.root / "node_modules/.bin/cdk"
