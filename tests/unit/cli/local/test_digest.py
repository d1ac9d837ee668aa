from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.local.digest import deployment_digest
from cli.local.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for file in ("functions/f/handler.py", "infra/app.py", "requirements/dev.txt", "cdk.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("x")
    interpreter = tmp_path / ".venv/local-cloud/bin/python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(sys.executable)
    return Places(tmp_path)


@pytest.mark.parametrize("changed", ["functions/f/handler.py", "requirements/dev.txt", "cdk.json"])
def test_whatever_is_deployed_counts(places: Places, changed: str) -> None:
    before = deployment_digest(places)

    (places.root / changed).write_text("y")

    assert deployment_digest(places) != before


def test_a_moved_file_counts(places: Places) -> None:
    before = deployment_digest(places)

    (places.root / "functions/f/handler.py").rename(places.root / "functions/f/other.py")

    assert deployment_digest(places) != before


def test_what_python_leaves_behind_and_what_is_not_deployed_does_not_count(places: Places) -> None:
    before = deployment_digest(places)

    (places.root / "functions/f/__pycache__").mkdir()
    (places.root / "functions/f/__pycache__/handler.pyc").write_text("x")
    (places.root / "README.md").write_text("x")

    assert deployment_digest(places) == before
