"""Metrics as log lines, in CloudWatch's embedded metric format: every name is written down here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import sys
import time

import msgspec

NAMESPACE = "Tideline"
# A version that should have answered did not: the champion stood in, or the call failed.
VERSION_FAILED = "VersionFailed"
# A shadow gave no answer; no caller noticed.
SHADOW_FAILED = "ShadowFailed"
# A shadow was not asked, for one was still busy.
SHADOW_SKIPPED = "ShadowSkipped"


def count(name: str, *, model: str, version: int) -> None:
    """Write that something happened once, by model and version."""
    metric = {"Name": name, "Unit": "Count"}
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Model", "Version"]], "Metrics": [metric]}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "Model": model,
        "Version": str(version),
        name: 1,
    }
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
