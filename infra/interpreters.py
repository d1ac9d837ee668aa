"""Find a Python of a given version on this machine, to compile bytecode for a target."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_ASK_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class InterpreterMissing(Exception):
    """No Python of the target's version is here, and none could be installed."""

    def __init__(self, version: str, *, reason: str) -> None:
        self.version = version
        super().__init__(
            f"Python {version} is needed to compile the functions' bytecode, and isn't on this "
            f"machine ({reason}). Install it, or choose another with `-c python=X.Y`."
        )


def find_interpreter(version: str) -> Path:
    """Return an interpreter of that version: this one, one on the machine, or one from uv.

    Raises:
        InterpreterMissing: if there is none and uv can't install one.
    """
    if version == "{}.{}".format(*sys.version_info[:2]):
        return Path(sys.executable)
    for candidate in _candidates(version):
        if _output(str(candidate), "-c", _ASK_VERSION) == version:
            return candidate
    managed = ("--managed-python", "--no-project")
    if found := _output(_uv(), "python", "find", *managed, version):
        return Path(found)
    installed = _run(_uv(), "python", "install", version)
    if installed.returncode == 0 and (found := _output(_uv(), "python", "find", *managed, version)):
        return Path(found)
    reason = (installed.stderr.strip() or "uv could not install it").splitlines()[-1].strip()
    raise InterpreterMissing(version, reason=reason)


def _candidates(version: str) -> Iterator[Path]:
    """Yield what may be that Python: on the path, and among pyenv's, whose shims may refuse."""
    for folder in os.get_exec_path():
        yield Path(folder) / f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def _uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - argument lists of this module
            command, check=False, capture_output=True, text=True
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, stdout="", stderr=str(error))


def _output(*command: str) -> str | None:
    answer = _run(*command)
    return answer.stdout.strip() if answer.returncode == 0 else None
