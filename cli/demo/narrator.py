"""How the story is told: headings, the commands that do the same, plain sentences."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.session import Session


class Narrator:
    """Tells what happens on stdout."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.program = program()

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._session.say("")
        self._session.say(text, style="bold")

    def tell(self, text: str) -> None:
        """Say a sentence."""
        self._session.say(text)

    def command(self, arguments: str) -> None:
        """Show the command that does what comes next."""
        self.shell(f"{self.program} {arguments}")

    def shell(self, line: str) -> None:
        """Show a line for the shell, never broken, so that it can be copied."""
        self._session.say(f"$ {line}", style="cyan", indent=2, copied=True)


def program() -> str:
    """Return what to type for `tideline` here."""
    script = Path(sys.prefix) / "bin/tideline"
    if not script.exists():
        return f"{_from_here(Path(sys.executable))} -m cli"
    return _from_here(script)


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
