"""The predict bundle on this machine: built as for Lambda, unzipped, dated 1980, read-only."""

from __future__ import annotations

import compileall
import os
import platform
import shutil
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from py_compile import PycInvalidationMode

from infra.bundling import Bundler

# What a zip without times says: 1980-01-01.
_ZIP_EPOCH_S = 315_532_800
# The runtime's own packages, which Lambda has outside of the bundle.
_RUNTIME = ("awslambdaric", "simplejson", "snapshot-restore-py")


@dataclass(frozen=True)
class Installation:
    """Folders as they are in Lambda: the code, the layer, and the runtime; and an empty function."""

    task: Path
    layer: Path
    runtime: Path
    empty: Path

    def python_path(self, task: Path) -> str:
        """Return PYTHONPATH for a function, in Lambda's order."""
        return os.pathsep.join(map(str, (task, self.layer / "python", self.runtime)))


def install(root: Path, folder: Path) -> Installation:
    """Build code and layer for this interpreter and lay them out under `folder`."""
    python = "{}.{}".format(*sys.version_info[:2])
    arm = platform.machine() in {"aarch64", "arm64"}
    bundler = Bundler(root=root, python=python, architecture="arm64" if arm else "x86_64")
    installation = Installation(
        task=folder / "task",
        layer=folder / "layer",
        runtime=folder / "runtime",
        empty=folder / "empty",
    )
    _unzip(bundler.code().archive, installation.task)
    _unzip(bundler.layer("serve").archive, installation.layer)
    _copy_runtime(installation.runtime)
    installation.empty.mkdir()
    (installation.empty / "empty.py").write_text("def handler(event, context):\n    return {}\n")
    for part in (installation.runtime, installation.empty):
        compileall.compile_dir(part, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    _freeze(folder)
    return installation


def _unzip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)


def _copy_runtime(folder: Path) -> None:
    for name in _RUNTIME:
        for file in distribution(name).files or ():
            source = Path(str(file.locate()))
            if file.parts[0] == ".." or "__pycache__" in file.parts or not source.exists():
                continue
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _freeze(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        os.utime(path, (_ZIP_EPOCH_S, _ZIP_EPOCH_S))
        path.chmod(0o555 if path.is_dir() else 0o444)
