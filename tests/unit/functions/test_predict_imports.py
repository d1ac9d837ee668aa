from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Each costs a cold start more than the handler's own code.
_HEAVY = (
    "pydantic",
    "boto3",
    "botocore",
    "pandas",
    "sklearn",
    "numpy",
    "onnxruntime",
    "aws_lambda_powertools",
)
# From the standard library: `http.client` brings `email`, `dataclasses` brings `inspect`.
_AVOIDABLE = ("http.client", "email", "dataclasses", "random", "ssl", "asyncio")

_ENVIRONMENT = {"PYTHONPATH": str(Path("functions").resolve())}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """What is imported by the handler and the wiring, in a process of its own, without any environment."""
    program = "import predict.handler, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=_ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_handler_imports_its_whole_path(imported: set[str]) -> None:
    assert {"tideline.serving.predictor", "tideline.serving.aws_reads", "predict.wiring"} <= imported


@pytest.mark.parametrize("name", [*_HEAVY, *_AVOIDABLE])
def test_what_is_slow_to_import_stays_out(imported: set[str], name: str) -> None:
    assert name not in imported


def test_what_explains_is_not_imported_until_somebody_asks(imported: set[str]) -> None:
    assert not any(name.startswith("tideline.explaining") for name in imported)


def test_explaining_needs_nothing_that_trains_or_reaches_aws_by_a_library() -> None:
    program = "import tideline.explaining.explainer, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=_ENVIRONMENT, capture_output=True, text=True, check=True
    )
    found = set(done.stdout.split())
    assert "numpy" in found
    assert not found & {"lightgbm", "scipy", "onnx", "onnxruntime", "pydantic", "boto3", "sklearn", "pandas"}


@pytest.mark.parametrize("wait_s", [0, 0.01, 0.03])
def test_a_process_may_end_while_the_library_is_still_loading(wait_s: float) -> None:
    program = f"import predict.handler, time; time.sleep({wait_s})"
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", program], env=_ENVIRONMENT, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
