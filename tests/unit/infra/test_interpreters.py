from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra import interpreters
from infra.interpreters import InterpreterMissing, find_interpreter


def program(path: Path, says: str, exit_code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which only what a test puts there can be found."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(interpreters, "_uv", lambda: str(program(tmp_path / "uv", "no network", 2)))
    return tmp_path


def test_the_running_interpreter_is_taken_where_it_fits() -> None:
    version = "{}.{}".format(*sys.version_info[:2])

    assert find_interpreter(version) == Path(sys.executable)


def test_one_on_the_path_is_taken(bare_machine: Path) -> None:
    found = program(bare_machine / "bin/python3.99", "3.99")

    assert find_interpreter("3.99") == found


def test_a_shim_that_refuses_is_passed_over_for_what_it_stands_for(bare_machine: Path) -> None:
    program(bare_machine / "bin/python3.99", "command not found", 127)
    found = program(bare_machine / "pyenv/versions/3.99.1/bin/python3.99", "3.99")

    assert find_interpreter("3.99") == found


def test_without_any_the_error_says_what_to_do(bare_machine: Path) -> None:
    with pytest.raises(InterpreterMissing, match=r"Python 3\.99 .*-c python=X\.Y"):
        find_interpreter("3.99")
