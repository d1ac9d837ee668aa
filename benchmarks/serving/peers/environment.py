"""Environments of peers, one each, as their locks say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def binaries(key: str) -> Path:
    """Return where a peer's programs are."""
    return ROOT / "build/peers" / key / "bin"


def install(key: str) -> None:
    """Make a peer's environment of `requirements/peer-<key>.txt`; nothing where that has been done."""
    uv, python = str(Path(sys.executable).with_name("uv")), binaries(key) / "python"
    if not python.exists():
        folder = str(binaries(key).parent)
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
    command += ["--python", str(python), str(ROOT / f"requirements/peer-{key}.txt")]
    subprocess.run(command, check=True)
