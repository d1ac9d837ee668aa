"""How large the monitor is, and how long it takes to be there: the bundle as Lambda has it.

Each import runs in a new process that has the layers and the code and nothing else, with their compiled
bytecode; the minimum of the rounds counts, for other work only ever adds to it.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from infra.bundling import Bundler
from infra.functions import FUNCTIONS

ROOT = Path(__file__).parents[1]
ROUNDS = 7
_MB = 1_000_000
# What the handler imports, from the empty interpreter on.
STAGES = {
    "nothing": "",
    "numpy and duckdb": "import numpy, duckdb",
    "boto3 clients": "import boto3; boto3.client('s3', region_name='eu-central-1')",
    "the handler": "import monitor_model.handler",
}
_ENVIRONMENT = {"POWERTOOLS_SERVICE_NAME": "monitor_model", "POWERTOOLS_METRICS_NAMESPACE": "Tideline"}


def main() -> None:
    arm = platform.machine() in {"aarch64", "arm64"}
    bundler = Bundler(
        root=ROOT,
        python="{}.{}".format(*sys.version_info[:2]),
        architecture="arm64" if arm else "x86_64",
    )
    layers = [bundler.layer(name) for name in FUNCTIONS["monitor_model"].layers]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for bundle in (bundler.code(), *layers):
            with zipfile.ZipFile(bundle.archive) as archive:
                archive.extractall(folder)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"Unzipped: {size / _MB:.0f} MB, of 250 that Lambda takes\n")
        print("| import of | ms |\n| --- | ---: |")
        for told, code in STAGES.items():
            print(f"| {told} | {_fastest_ms(code, folder):.0f} |")


def _fastest_ms(code: str, folder: Path) -> float:
    paths = [folder, folder / "python", *(Path(path) for path in _boto3_paths())]
    environment = {**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return min(_timed(code, environment) for _ in range(ROUNDS)) * 1_000


def _timed(code: str, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-S", "-c", code], env=environment, check=True)
    return time.perf_counter() - began


def _boto3_paths() -> list[str]:
    """Lambda's runtime brings boto3; here it is the environment's, and comes last."""
    return [path for path in sys.path if path.endswith("site-packages")]


if __name__ == "__main__":
    main()
