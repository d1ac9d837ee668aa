from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from tideline.adapters.training.environment import library_versions, platform_facts


def test_every_library_that_a_trainer_may_load_is_named_with_its_version() -> None:
    found = library_versions()

    assert set(found) >= {"lightgbm", "numpy", "scipy", "onnx", "protobuf", "pydantic"}
    assert found["numpy"] == np.__version__
    assert list(found) == sorted(found)


def test_libraries_that_lie_elsewhere_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "driftwood-1.0.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: driftwood\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert "driftwood" not in library_versions()


def test_interpreter_and_machine_are_told() -> None:
    facts = platform_facts()

    assert facts["python"] == platform.python_version()
    assert set(facts) == {"python", "system", "machine", "processor"}


@pytest.mark.parametrize(
    ("content", "processor"),
    [
        ("processor\t: 0\nmodel name\t: Example CPU @ 2.0GHz\n", "Example CPU @ 2.0GHz"),
        ("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n", "0x41 0xd40"),
        ("nothing that we know\n", ""),
    ],
)
def test_the_processor_is_named_as_linux_does(tmp_path: Path, content: str, processor: str) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(content)

    assert platform_facts(path)["processor"] == processor


def test_a_machine_without_cpuinfo_has_an_unknown_processor(tmp_path: Path) -> None:
    assert platform_facts(tmp_path / "nothing")["processor"] == ""
