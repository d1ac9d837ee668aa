"""Synthesis as a person runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_synthesis_needs_no_credentials_and_says_nothing_of_node(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_", "JSII_"))}

    answer = subprocess.run(
        [
            "node_modules/.bin/cdk", "synth", "--quiet", "--no-notices", "--no-color",
            "--output", str(tmp_path / "cdk.out"),
            "-c", "env=staging", "-c", "bundling=skip",
        ],
        cwd=ROOT,
        env={
            **environment,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        },
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip

    said = answer.stdout + answer.stderr
    assert answer.returncode == 0, said
    assert (tmp_path / "cdk.out/Tideline-staging.template.json").exists()
    assert "end-of-life" not in said
