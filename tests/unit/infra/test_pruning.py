from __future__ import annotations

from pathlib import Path

import pytest

from infra.pruning import prune


def write(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("")


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_tests_stubs_headers_and_installers_notes_go(tmp_path: Path) -> None:
    write(
        tmp_path,
        "p/__init__.py", "p/core.so", "p/core.pyi", "p/api.h", "p/lib.a", "p/tests/test_p.py",
        "p-1.0.dist-info/METADATA", "p-1.0.dist-info/RECORD", "p-1.0.dist-info/licenses/LICENSE",
        "bin/p", "p/data/model.json",
    )  # fmt: skip

    prune(tmp_path, dependency_set="core")

    assert files(tmp_path) == {
        "p/__init__.py", "p/core.so", "p-1.0.dist-info/METADATA", "p/data/model.json",
    }  # fmt: skip
    assert not (tmp_path / "p/tests").exists()


def test_numpys_testing_module_stays_for_scipy_imports_it(tmp_path: Path) -> None:
    write(tmp_path, "numpy/testing/__init__.py", "numpy/testing/tests/test_utils.py")

    prune(tmp_path, dependency_set="core")

    assert files(tmp_path) == {"numpy/testing/__init__.py"}


def test_an_unused_package_goes_with_all_that_its_record_lists(tmp_path: Path) -> None:
    unused = ("protobuf", "flatbuffers", "packaging")
    write(tmp_path, "onnxruntime/__init__.py", "google/upb.so", *(f"{p}/m.py" for p in unused))
    for package in unused:
        write(tmp_path, f"{package}-1.0.dist-info/METADATA")
        listed = f'{package}/m.py,sha256=x,1\n"google/upb.so",,\n'
        (tmp_path / f"{package}-1.0.dist-info/RECORD").write_text(listed)

    prune(tmp_path, dependency_set="serve")

    assert files(tmp_path) == {"onnxruntime/__init__.py"}


def test_a_list_that_is_out_of_date_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="protobuf"):
        prune(tmp_path, dependency_set="serve")
