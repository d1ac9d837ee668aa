from __future__ import annotations

from pathlib import Path

import pytest

from infra import elf, openmp
from tests.unit.infra.test_elf import shared_object


def test_the_runtime_gets_its_own_name_back(tmp_path: Path) -> None:
    carried = tmp_path / "site/scikit_learn.libs/libgomp-0123abcd.so.1.0.0"
    carried.parent.mkdir(parents=True)
    carried.write_bytes(shared_object(name=carried.name, needed=("libc.so.6",)))

    library = openmp.extract(tmp_path / "site", to=tmp_path / "lib")

    assert library == tmp_path / "lib/libgomp.so.1"
    assert elf.read(library.read_bytes()).name == "libgomp.so.1"


def test_a_wheel_without_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="libgomp"):
        openmp.extract(tmp_path, to=tmp_path / "lib")
