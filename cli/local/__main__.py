"""`python -m cli.local up|down|reset`: the local target by itself, without the command line."""

from __future__ import annotations

import sys
import time

from cli.local import LocalCloudError, down, reset, up


def main(arguments: list[str]) -> int:
    """Do what is asked and return the exit code."""
    began = time.monotonic()

    def report(step: str, detail: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {step:<11} {detail}\n")
        sys.stdout.flush()

    actions = {"up": up, "down": down, "reset": reset}
    if len(arguments) != 1 or arguments[0] not in actions:
        sys.stderr.write(f"usage: python -m cli.local {'|'.join(actions)}\n")
        return 2
    try:
        actions[arguments[0]](report=report)
    except LocalCloudError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
