from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from tideline.adapters import openmp
from tideline.adapters.openmp import NAME, ensure_openmp


class Linker:
    """Loads what it is told exists, and remembers it."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.loaded: list[str] = []

    def __call__(self, library: str) -> None:
        if library not in self.known:
            raise OSError(f"{library}: cannot open shared object file")
        self.loaded.append(library)


def test_the_systems_own_library_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).touch()
    linker = Linker(NAME, str(tmp_path / NAME))
    monkeypatch.setattr(ctypes, "CDLL", linker)

    ensure_openmp([tmp_path])

    assert linker.loaded == [NAME]


def test_without_one_the_layers_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layer/python").mkdir(parents=True)
    (tmp_path / "layer/lib").mkdir()
    (tmp_path / "layer/lib" / NAME).touch()
    linker = Linker(str(tmp_path / "layer/lib" / NAME))
    monkeypatch.setattr(ctypes, "CDLL", linker)
    monkeypatch.setattr(openmp.sys, "path", [str(tmp_path / "layer/python")])

    ensure_openmp()

    assert linker.loaded == [str(tmp_path / "layer/lib" / NAME)]


def test_a_library_that_does_not_load_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("broken", "good"):
        (tmp_path / name).mkdir()
        (tmp_path / name / NAME).touch()
    linker = Linker(str(tmp_path / "good" / NAME))
    monkeypatch.setattr(ctypes, "CDLL", linker)

    ensure_openmp([tmp_path / "broken", tmp_path / "good"])

    assert linker.loaded == [str(tmp_path / "good" / NAME)]


def test_without_any_it_is_left_to_lightgbm_to_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", Linker())

    ensure_openmp([tmp_path])
