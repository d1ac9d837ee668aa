"""Fixtures for dropping files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from intake_desk import Desk, parquet_bytes


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def to_parquet(tmp_path: Path) -> Callable[..., bytes]:
    return lambda query, options="": parquet_bytes(query, tmp_path, options)
