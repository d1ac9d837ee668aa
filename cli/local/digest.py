"""A digest of all that a deployment is made of, to tell whether there is anything to deploy."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cli.local.places import Places

_FOLDERS = ("functions", "infra", "requirements")
_FILES = ("cdk.json", "package-lock.json")
# What a deployment is made of; caches of tools lie beside it.
_SUFFIXES = {".j2", ".json", ".py", ".txt", ".typed"}


def deployment_digest(places: Places) -> str:
    """Return a SHA-256 of the code, the stack, the locks and the functions' interpreter."""
    digest = hashlib.sha256(_version(places.cloud_python).encode())
    for path in _inputs(places.root):
        digest.update(str(path.relative_to(places.root)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in _SUFFIXES:
                yield path
    for name in _FILES:
        if (root / name).is_file():
            yield root / name


def _version(python: Path) -> str:
    return subprocess.run([str(python), "-VV"], check=True, capture_output=True, text=True).stdout.strip()
