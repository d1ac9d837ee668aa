"""What reads dropped files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import CanonicalFile
from tideline.domain.labels.canonical_labels import CanonicalLabels


class DataFileReader(Protocol):
    """Turns a dropped file into a canonical one."""

    def read(self, source: Path, *, name: str, spec: ModelSpec, workdir: Path) -> CanonicalFile:
        """Return the canonical file; raises `FileRejected`."""
        ...


class LabelFileReader(Protocol):
    """Reads dropped files of labels."""

    def read(
        self, source: Path, *, name: str, spec: ModelSpec, told_at: datetime, workdir: Path
    ) -> CanonicalLabels:
        """Return the labels of a file; raises `FileRejected`.

        Args:
            source: The dropped file. It is only read.
            name: What it was dropped as.
            spec: Names its columns.
            told_at: When it was dropped, in UTC: when the outcomes were known that do not say it themselves.
            workdir: An empty folder for everything that is written, the result included.
        """
        ...
