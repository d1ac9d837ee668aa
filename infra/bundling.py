"""Build what functions are made of: a zip per dependency set, and one of the code.

No Docker: uv installs wheels for the target's Python and processor. Built zips are kept under
`build/`, named by a digest of everything that decides their content, so that a synthesis in which
nothing changed builds nothing and an asset's hash changes only with its content.

`strip` isn't used: it corrupts wheels whose libraries were patched by auditwheel.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from infra import archive, openmp
from infra.interpreters import find_interpreter
from infra.libraries import missing_libraries
from infra.pruning import prune
from infra.settings import Architecture

# Goes into every digest: raise it when anything here or in what it imports changes a zip.
RECIPE = "3"

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: code and layers, unzipped.
LIMIT_BYTES = 250 * 1024 * 1024

# Amazon Linux 2023 has glibc 2.34, so it takes wheels built for 2.28.
_PLATFORMS: dict[Architecture, str] = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
# Older zips of a bundle that are kept, for going back and forth between two branches.
_KEPT = 3
# Dependency sets in which something is linked against OpenMP.
_NEEDS_OPENMP = {"train"}


class BundlingFailed(Exception):
    """A bundle can't be built, or would not run where it is to run."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A zip and the digest of what went into it.

    Attributes:
        archive: Path of the zip.
        digest: SHA-256 in hexadecimal, the asset's hash.
    """

    archive: Path
    digest: str


@dataclass(frozen=True, kw_only=True)
class Bundler:
    """Builds bundles for one Python and one processor.

    Attributes:
        root: Folder of the checkout.
        python: Version of the target's Python, such as `3.13`.
        architecture: The target's processor.
    """

    root: Path
    python: str
    architecture: Architecture

    def layer(self, dependency_set: str) -> Bundle:
        """Return the layer of a dependency set, built if it isn't there yet.

        Raises:
            BundlingFailed: if it can't be installed or needs a library that Lambda lacks.
            InterpreterMissing: if there is no Python to compile its bytecode with.
        """
        lock = self.root / "requirements" / f"layer-{dependency_set}.txt"
        inputs = [lock.read_text(encoding="utf-8")]
        if dependency_set in _NEEDS_OPENMP:
            inputs.append(self._openmp_lock())
        digest = self._digest(dependency_set, *inputs)
        bundle = self._bundle(f"layer-{dependency_set}", digest)
        if not bundle.archive.exists():
            with self._workspace() as folder:
                self._fill_layer(Path(folder), lock=lock, dependency_set=dependency_set)
                archive.write_archive(Path(folder), bundle.archive)
            _forget_older(bundle.archive)
        return bundle

    def code(self) -> Bundle:
        """Return the functions' code as it stands, with bytecode."""
        bundle = self._bundle("code", self._digest("code", self.code_digest()))
        if not bundle.archive.exists():
            with self._workspace() as folder:
                for path in self._code_files():
                    copy = Path(folder) / path.relative_to(self._source)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(path.read_bytes())
                self._compile(Path(folder), appears_as="/var/task")
                archive.write_archive(Path(folder), bundle.archive)
            _forget_older(bundle.archive)
        return bundle

    def code_digest(self) -> str:
        """Return the digest of the functions' source, the same for every target."""
        parts = [
            f"{path.relative_to(self._source)}:{_sha256(path.read_bytes())}" for path in self._code_files()
        ]
        return _sha256("\n".join(parts).encode())

    @property
    def _source(self) -> Path:
        return self.root / "functions"

    def _code_files(self) -> list[Path]:
        return [p for p in sorted(self._source.rglob("*")) if p.is_file() and _is_shipped(p)]

    def _fill_layer(self, folder: Path, *, lock: Path, dependency_set: str) -> None:
        packages = folder / "python"
        self._install(lock, into=packages)
        prune(packages, dependency_set=dependency_set)
        if dependency_set in _NEEDS_OPENMP:
            self._add_openmp(folder / "lib")
        self._compile(packages, appears_as="/opt/python")
        if missing := missing_libraries(folder):
            listed = "\n".join(f"  {m.name}, needed by {m.needed_by}" for m in missing)
            raise BundlingFailed(f"layer {dependency_set}: Lambda has no\n{listed}")

    def _install(self, lock: Path, *, into: Path) -> None:
        _check_call(
            str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet",
            "--target", str(into),
            "--python-platform", _PLATFORMS[self.architecture],
            "--python-version", self.python,
            "--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy",
            "--requirements", str(lock),
        )  # fmt: skip

    def _add_openmp(self, folder: Path) -> None:
        with self._workspace() as carrier:
            lock = Path(carrier) / "lock.txt"
            lock.write_text(self._openmp_lock(), encoding="utf-8")
            self._install(lock, into=Path(carrier) / "installed")
            openmp.extract(Path(carrier) / "installed", to=folder)

    def _openmp_lock(self) -> str:
        """Return the part of the development lock that pins what carries OpenMP."""
        text = (self.root / "requirements/dev.txt").read_text(encoding="utf-8")
        found = re.search(rf"^{openmp.CARRIER}==.*(?:\n    .*)*", text, flags=re.MULTILINE)
        if found is None:
            raise BundlingFailed(f"requirements/dev.txt has no {openmp.CARRIER}")
        return found[0] + "\n"

    def _compile(self, folder: Path, *, appears_as: str) -> None:
        """Compile all modules; a hash instead of a time keeps bytecode valid in any zip.

        The interpreter doesn't check it against the source: nothing can change in Lambda's
        read-only folders, and reading each source again would cost what this is to save.
        """
        _check_call(
            str(find_interpreter(self.python)), "-m", "compileall", "-q", "-j", "0",
            "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", appears_as,
            str(folder),
            # Sets in bytecode are written in hash order, which is random from run to run.
            environment={"PYTHONHASHSEED": "0"},
        )  # fmt: skip

    def _digest(self, *parts: str) -> str:
        return _sha256("\n".join([RECIPE, self.python, self.architecture, *parts]).encode())

    def _bundle(self, name: str, digest: str) -> Bundle:
        folder = self.root / "build" / f"{self.python}-{self.architecture}"
        return Bundle(archive=folder / f"{name}-{digest[:16]}.zip", digest=digest)

    def _workspace(self) -> tempfile.TemporaryDirectory[str]:
        (self.root / "build").mkdir(exist_ok=True)
        return tempfile.TemporaryDirectory(dir=self.root / "build", prefix="work-")


def check_size(name: str, bundles: Iterable[Bundle]) -> int:
    """Return how large a function is, unzipped, with all its layers.

    Raises:
        BundlingFailed: if that is more than Lambda takes, naming the largest files.
    """
    sizes = {f: size for b in bundles for f, size in archive.file_sizes(b.archive).items()}
    total = sum(size for b in bundles for size in archive.file_sizes(b.archive).values())
    if total <= LIMIT_BYTES:
        return total
    largest = sorted(sizes.items(), key=lambda item: item[1], reverse=True)[:20]
    listed = "\n".join(f"  {size / 2**20:7.1f} MB  {file}" for file, size in largest)
    raise BundlingFailed(
        f"{name} is {total / 2**20:.0f} MB unzipped, Lambda takes {LIMIT_BYTES / 2**20:.0f}; "
        f"the largest files:\n{listed}"
    )


def _forget_older(newest: Path) -> None:
    name = newest.name.rsplit("-", 1)[0]
    built = sorted(newest.parent.glob(f"{name}-*.zip"), key=lambda p: p.stat().st_mtime)
    for path in built[:-_KEPT]:
        path.unlink(missing_ok=True)


def _is_shipped(path: Path) -> bool:
    """Ship sources and templates only: caches of tools lie there too, and must not change the hash."""
    return path.suffix in {".py", ".j2"} or path.name == "py.typed"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_call(*command: str, environment: dict[str, str] | None = None) -> None:
    answer = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    if answer.returncode != 0:
        said = (answer.stderr.strip() or answer.stdout.strip()) or "nothing"
        raise BundlingFailed(f"{' '.join(command[:4])} failed and said:\n{said}")
