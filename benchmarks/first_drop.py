"""From the first drop of a real file to a live model on the local cloud: wall time by stage.

The file is ``electricity/elec.csv`` (45,312 rows) of the shared data sets, by default. Stages are read
from the registry's records and from the workflows' own histories, so that nothing is timed twice.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.local import down, reset, up
from cli.local.places import ROOT, Places
from tests.integration.cloud import Cloud, wait

HOME = ".tideline-bench"
DATA = ROOT.parent / "shared/data/electricity/elec.csv"
MODEL = "electricity"
# What a person would write after `tideline init`; 16 trials are the default.
SPEC = """
model: electricity
task: binary
target: class
positive: "1"
features: {features}
evaluation: {{metric: roc_auc, minimum: 0.7}}
"""
SEARCH = ("Trials", "Fit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    path = parser.parse_args().data
    if not path.exists():
        print(f"skipped: there is no {path}", file=sys.stderr)
        return
    places = Places(folder=HOME)
    reset(places=places)
    cloud = Cloud(up(places=places, report=lambda step, _: print(f"... {step}", file=sys.stderr)))
    try:
        print(table(measure(cloud, path)))
    finally:
        down(places=places)
        reset(places=places)


def measure(cloud: Cloud, path: Path) -> list[tuple[str, float]]:
    """Drop the file and return (stage, seconds), in order."""
    columns = path.open(encoding="utf-8").readline().strip().split(",")
    features = {name: {"type": "number"} for name in columns if name not in ("class", "day", "date")}
    cloud.drop(f"{MODEL}/model.yaml", SPEC.format(features=json.dumps(features)).encode())
    dropped_at = time.time()
    dropped = cloud.drop(f"{MODEL}/data/{path.name}", path.read_bytes())
    receipt = cloud.answer(MODEL, dropped)
    run = cloud.finished(MODEL, f"{MODEL}-d1-s1")
    deployment = cloud.deployed(MODEL, 1)
    instance = dict.fromkeys(features, 0.5)
    wait(lambda: _answered(cloud, instance), "the first prediction")
    answered_at = time.time()
    training = stages(cloud, run.execution_arn)
    release = executions(cloud, "ReleaseStateMachine")[0]
    marks = [("Intake", receipt.at.timestamp()), ("Admission", training[0][1])]
    marks += [(name, end) for name, _, end in training]
    marks += [("Release: start", stages(cloud, release)[0][1])]
    marks += [(f"Release: {name}", end) for name, _, end in stages(cloud, release)]
    marks += [("First prediction", max(answered_at, deployment.since.timestamp()))]
    return differences(dropped_at, marks)


def differences(start: float, marks: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return how long after the one before each mark came."""
    found, last = [], start
    for name, moment in marks:
        found.append((name, max(0.0, moment - last)))
        last = max(last, moment)
    return found


def executions(cloud: Cloud, output: str) -> list[str]:
    """Return the executions of a workflow, newest first."""
    answer = cloud.client("stepfunctions").list_executions(stateMachineArn=cloud.output(output))
    return [execution["executionArn"] for execution in answer["executions"]]


def stages(cloud: Cloud, execution_arn: str) -> list[tuple[str, float, float]]:
    """Return (state, entered, left) of an execution's outer states, in seconds since the epoch."""
    history = cloud.client("stepfunctions").get_execution_history(executionArn=execution_arn, maxResults=1000)
    entered: dict[str, datetime] = {}
    found = []
    for event in history["events"]:
        name = _name(event, "stateEnteredEventDetails")
        if name:
            entered.setdefault(name, event["timestamp"])
        name = _name(event, "stateExitedEventDetails")
        if name and name != "Trial":
            found.append((name, entered[name].timestamp(), event["timestamp"].timestamp()))
    return found


def table(rows: list[tuple[str, float]]) -> str:
    """Return the rows as Markdown, with the sums that the goals speak of."""
    total = sum(seconds for _, seconds in rows)
    search = sum(seconds for name, seconds in rows if name in SEARCH)
    lines = ["| stage | seconds |", "| --- | ---: |"]
    lines += [f"| {name} | {seconds:.1f} |" for name, seconds in rows]
    lines += [f"| **all** | **{total:.1f}** |"]
    lines += [f"| all but trials and fit (goal: under 30) | {total - search:.1f} |"]
    return "\n".join(lines)


def _answered(cloud: Cloud, instance: dict[str, float]) -> Any:
    status, answer = cloud.predict(MODEL, json.dumps({"instances": [instance]}).encode())
    return answer if status == 200 else None


def _name(event: dict[str, Any], details: str) -> str:
    found: dict[str, Any] = event.get(details) or {}
    return str(found.get("name", ""))


if __name__ == "__main__":
    main()
