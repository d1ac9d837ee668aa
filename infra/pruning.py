"""What is installed with a dependency set but not shipped, each with its reason."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

# Packages that a set's lock names but that nothing imports when a function runs. Checked by
# importing what the set is for in an interpreter that has the layer only.
_UNUSED_BY_ONNX_RUNTIME = {
    "protobuf": "onnxruntime's tools write models with it; its inference session is C++",
    "flatbuffers": "only onnxruntime's converter to its own file format uses it",
    "packaging": "only onnxruntime's tools compare versions with it",
}
UNUSED_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "serve": _UNUSED_BY_ONNX_RUNTIME,
    "score": _UNUSED_BY_ONNX_RUNTIME,
}

_UNREACHED_SCIPY = tuple(
    f"scipy/{part}"
    for part in (
        "cluster", "datasets", "fftpack", "integrate", "interpolate", "io", "misc", "ndimage",
        "odr", "signal", "stats",
    )
)  # fmt: skip

# Parts of packages, relative to where packages are installed.
UNUSED_FOLDERS: Mapping[str, str] = {
    "bin": "console scripts",
    "_duckdb-stubs": "types for checkers",
    "adbc_driver_duckdb": "a driver for pyarrow, which isn't in any set",
    "onnx/backend/test": "15 MB of conformance models",
    "onnx/fuzz": "fuzzing",
    "onnxruntime/datasets": "sample models",
    "onnxruntime/quantization": "rewrites models; imports onnx, which isn't in the set",
    "onnxruntime/tools": "converts models; imports onnx, which isn't in the set",
    "onnxruntime/transformers": "rewrites models; imports onnx, which isn't in the set",
    **dict.fromkeys(_UNREACHED_SCIPY, "neither LightGBM nor scipy.optimize and sparse reach it"),
}

_TEST_FOLDERS = {"tests", "_examples"}
_BUILD_SUFFIXES = {
    ".a", ".c", ".cpp", ".cuh", ".f90", ".h", ".hpp", ".pxd", ".pxi", ".pyi", ".pyx",
}  # fmt: skip
# importlib.metadata answers `version(...)` from METADATA; installers use the rest.
_METADATA_KEPT = {"METADATA"}
_PROJECT = re.compile(r"[-_.]+")


def prune(folder: Path, *, dependency_set: str) -> None:
    """Delete from an installed set what no function needs at run time."""
    for package in UNUSED_PACKAGES.get(dependency_set, ()):
        _remove_package(folder, package)
    for part in UNUSED_FOLDERS:
        shutil.rmtree(folder / part, ignore_errors=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            _remove_folder(path)
        elif _is_build_input(path) or _is_installer_note(path):
            path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _remove_folder(path: Path) -> None:
    if path.name in _TEST_FOLDERS or path.name == "__pycache__":
        shutil.rmtree(path)


def _is_build_input(path: Path) -> bool:
    return path.suffix in _BUILD_SUFFIXES


def _is_installer_note(path: Path) -> bool:
    inside = next((p for p in path.parents if p.name.endswith(".dist-info")), None)
    return inside is not None and (path.parent != inside or path.name not in _METADATA_KEPT)


def _remove_package(folder: Path, package: str) -> None:
    """Delete the files that a package's own record lists.

    Raises:
        FileNotFoundError: if the package isn't installed: the list above is out of date.
    """
    for metadata in folder.glob("*.dist-info"):
        if _canonical(metadata.name.split("-")[0]) != _canonical(package):
            continue
        for line in (metadata / "RECORD").read_text(encoding="utf-8").splitlines():
            (folder / line.rsplit(",", 2)[0].strip('"')).unlink(missing_ok=True)
        shutil.rmtree(metadata, ignore_errors=True)
        return
    raise FileNotFoundError(f"{package} is to be left out of the set, but isn't in it")


def _canonical(project: str) -> str:
    return _PROJECT.sub("-", project).lower()
