"""The bundles as they are deployed to this machine: built, measured, imported."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.bundling import LIMIT_BYTES, Bundler, check_size
from infra.functions import FUNCTIONS
from infra.target import local

ROOT = Path(__file__).parents[2]

# What each set is for. The interpreter that imports it has the layer and nothing else.
IMPORTS = {
    "core": "import jinja2, pydantic, pydantic_settings, yaml, aws_lambda_powertools",
    "data": "import duckdb, numpy; duckdb.sql('select 1').fetchnumpy()",
    "train": (
        "import onnx, onnx.checker, onnx.helper, onnx.numpy_helper, lightgbm, numpy;"
        "from scipy import optimize, sparse; from scipy.sparse.linalg import lsmr;"
        "optimize.minimize(lambda x: (x ** 2).sum(), numpy.ones(2), method='L-BFGS-B');"
        "lightgbm.train({'verbose': -1}, lightgbm.Dataset(numpy.eye(50), numpy.arange(50.0)), 2)"
    ),
    "score": (
        "import duckdb, numpy, onnxruntime, zstandard; onnxruntime.get_available_providers();"
        "duckdb.sql('select 1').fetchnumpy()"
    ),
    "serve": "import msgspec, numpy, onnxruntime; onnxruntime.get_available_providers()",
}

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bundler() -> Bundler:
    target = local(ROOT)
    return Bundler(root=ROOT, python=target.python, architecture=target.architecture)


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_every_function_is_within_lambdas_limit(name: str, bundler: Bundler) -> None:
    layers = [bundler.layer(dependency_set) for dependency_set in FUNCTIONS[name].layers]

    assert check_size(name, [bundler.code(), *layers]) < LIMIT_BYTES


@pytest.mark.parametrize("dependency_set", list(IMPORTS))
def test_every_layer_imports_by_itself(dependency_set: str, bundler: Bundler, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundler.layer(dependency_set).archive) as archive:
        archive.extractall(tmp_path)

    answer = subprocess.run(
        # -S: without the environment's own packages.
        [sys.executable, "-S", "-c", IMPORTS[dependency_set]],
        env={
            "PYTHONPATH": str(tmp_path / "python"),
            # As on Lambda, where a layer's lib is /opt/lib.
            "LD_LIBRARY_PATH": str(tmp_path / "lib"),
        },
        check=False,
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 0, answer.stderr


def test_every_function_imports_without_an_environment_or_anything_but_its_layers(
    bundler: Bundler, tmp_path: Path
) -> None:
    """The cloud's own interpreter has boto3, as Lambda does."""
    cloud = ROOT / ".venv/local-cloud/bin/python"
    with zipfile.ZipFile(bundler.code().archive) as archive:
        archive.extractall(tmp_path / "code")
    for dependency_set in IMPORTS:
        with zipfile.ZipFile(bundler.layer(dependency_set).archive) as archive:
            archive.extractall(tmp_path / dependency_set)

    failed = {}
    for definition in FUNCTIONS.values():
        layers = [tmp_path / name / "python" for name in definition.layers]
        answer = subprocess.run(
            [str(cloud), "-c", f"import {definition.name}.handler"],
            env={"PYTHONPATH": ":".join(map(str, [*layers, tmp_path / "code"]))},
            check=False,
            capture_output=True,
            text=True,
        )
        if answer.returncode != 0:
            failed[definition.name] = answer.stderr.splitlines()[-1]

    assert failed == {}
