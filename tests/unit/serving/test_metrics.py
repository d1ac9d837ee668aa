from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tideline.serving import metrics

_NAMES = [metrics.VERSION_FAILED, metrics.SHADOW_FAILED, metrics.SHADOW_SKIPPED]
# Of CloudWatch's specification of the format: at most so many dimensions a set and metrics a line.
_MOST_DIMENSIONS, _MOST_METRICS = 30, 100


def _line(capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    metrics.count(name, model="churn", version=4)
    [text] = capsys.readouterr().out.splitlines(keepends=True)
    assert text.endswith("}\n")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("name", _NAMES)
def test_a_count_is_a_line_in_the_embedded_metric_format(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = _line(capsys, name)
    assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 60
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert directive["Namespace"] == "Tideline"
    for dimensions in directive["Dimensions"]:
        assert 0 < len(dimensions) <= _MOST_DIMENSIONS
        # A dimension is a member of the line, and a text.
        assert all(isinstance(line[dimension], str) for dimension in dimensions)
    assert 0 < len(directive["Metrics"]) <= _MOST_METRICS
    for metric in directive["Metrics"]:
        assert metric == {"Name": name, "Unit": "Count"}
        assert line[metric["Name"]] == 1


def test_a_count_says_of_which_model_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    line = _line(capsys, metrics.VERSION_FAILED)
    assert (line["Model"], line["Version"]) == ("churn", "4")


def test_each_line_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shadows count in a thread of their own: two writes for one line could be parted by another's."""
    written: list[str] = []
    monkeypatch.setattr(metrics.sys.stdout, "write", written.append)
    metrics.count(metrics.SHADOW_FAILED, model="churn", version=4)
    assert len(written) == 1
