"""The files of an export, checked against the registry before any of them is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from cli.errors import CliError
from tideline.domain.release.version import ModelVersion

SUMS = "SHA256SUMS"
_HERE = Path(__file__).parent


def verify(version: ModelVersion, *, artifact: bytes, manifest: bytes, report: bytes) -> None:
    """Raise `CliError` unless artifact, manifest and report are those that the registry recorded."""
    recorded = {"model.onnx": (artifact, version.sha256)}
    recorded["report.json"] = (report, version.evaluation.report_sha256)
    # Older versions have none.
    if version.manifest_sha256:
        recorded["manifest.json"] = (manifest, version.manifest_sha256)
    for name, (content, expected) in recorded.items():
        found = _sha256(content)
        if found != expected:
            raise CliError(
                f"{name} of {version.model} version {version.number} is not what was registered: its SHA-256"
                f" is {found}, the registry says {expected}; nothing was written"
            )


def bundle(*, artifact: bytes, manifest: bytes, report: bytes, html: str, markdown: str) -> dict[str, bytes]:
    """Return every file by name, the list of their hashes last."""
    files = {
        "model.onnx": artifact,
        "manifest.json": manifest,
        "report.json": report,
        "card.html": html.encode(),
        "card.md": markdown.encode(),
        "predict.py": (_HERE / "predict.py").read_bytes(),
        "requirements.txt": (_HERE / "requirements.txt").read_bytes(),
    }
    # As `sha256sum -c` reads it.
    sums = "".join(f"{_sha256(content)}  {name}\n" for name, content in sorted(files.items()))
    return files | {SUMS: sums.encode()}


def is_there(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Tell whether a folder holds exactly these files."""
    found = {path.name: path for path in folder.iterdir()}
    return found.keys() == files.keys() and all(
        path.is_file() and path.read_bytes() == files[name] for name, path in found.items()
    )


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write every file whole, so that one that is there is never half of two exports."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        unfinished = folder / f".{name}.unfinished"
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
