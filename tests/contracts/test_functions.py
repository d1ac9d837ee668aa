"""What every function folder promises."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(p.parent.name for p in (ROOT / "functions").glob("*/handler.py"))
_IMPORT_ALL = """
import importlib, json, sys, threading
for name in {names!r}:
    assert callable(importlib.import_module(name + ".handler").handler), name
from tideline.adapters import aws
clients = ("s3", "dynamodb", "events", "stepfunctions", "scheduler", "sqs", "sns", "ssm")
made = [name for name in clients if getattr(aws, name).cache_info().currsize]
print(json.dumps({{"clients": made, "threads": threading.active_count()}}))
"""


def test_handlers_import_without_environment_and_do_nothing_yet() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL.format(names=FUNCTIONS)],
        env={"PYTHONPATH": str(ROOT / "functions"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"clients": [], "threads": 1}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_says_what_triggers_it_and_what_makes_it_idempotent(function: str) -> None:
    told = importlib.import_module(f"{function}.handler").__doc__ or ""
    asynchronous = "Trigger:" in told and "Delivery:" in told and "Idempotency key:" in told
    assert asynchronous or "`POST " in told or "`GET " in told


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_does_not_import_another(function: str) -> None:
    others = set(FUNCTIONS) - {function}
    for path in (ROOT / "functions" / function).glob("*.py"):
        lines = [line.split() for line in path.read_text().splitlines()]
        imported = {line[1].split(".")[0] for line in lines if line[:1] in (["from"], ["import"])}
        assert not imported & others, path


def test_imports_go_only_downward() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
