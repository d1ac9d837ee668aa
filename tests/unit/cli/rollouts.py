"""Deployments with a release under way, and histories of releases, to look at and to follow."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import boto3

from tests.fakes.aws import REGION, TABLE
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, deployment
from tests.unit.cli.conftest import Cloud
from tideline.adapters.registry.table import partition
from tideline.adapters.registry.versions import DEPLOYMENT
from tideline.domain.release.deployment import Deployment, Rollout, Strategy

RELEASE_ID = f"{MODEL}-v3-0a1b2c3d4e5f"


def rolling_out(
    strategy: Strategy = "canary", *, version: int = 3, weight: int = 5, generation: int = 4
) -> Deployment:
    """Return a deployment in which version 2 is champion and another is at the first of three steps."""
    champion = deployment(2).champion
    role = "shadow" if strategy == "shadow" else "challenger"
    other = deployment(version).champion.model_copy(
        update={"role": role, "weight": weight, "slots": ((0, weight),) if weight else ()}
    )
    rollout = Rollout(release_id=RELEASE_ID, version=version, strategy=strategy, step=1, steps=3, since=START)
    return deployment(2, generation=generation).model_copy(
        update={
            "versions": (champion.model_copy(update={"weight": 100 - weight}), other),
            "before": (1,),
            "rollout": rollout,
        }
    )


def standing_alone(version: int, *, generation: int, before: tuple[int, ...] = ()) -> Deployment:
    """Return a deployment of one version, with those that can come back."""
    return deployment(version, generation=generation).model_copy(update={"before": before})


def record(cloud: Cloud, found: Deployment) -> None:
    """Put a deployment in force, whatever there was before: the functions' own rules are not at stake."""
    item = {
        "pk": partition(found.model),
        "sk": DEPLOYMENT,
        "generation": found.generation,
        "document": found.model_dump_json(),
    }
    boto3.resource("dynamodb", region_name=REGION).Table(TABLE).put_item(Item=item)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def entered(name: str, seconds: float) -> dict[str, Any]:
    return {"timestamp": at(seconds), "stateEnteredEventDetails": {"name": name}}


def left(name: str, seconds: float, output: object = None) -> dict[str, Any]:
    return {"timestamp": at(seconds), "stateExitedEventDetails": {"name": name, "output": json.dumps(output)}}


def shifted(step: int, weight: int, *, strategy: str = "canary", live: bool = False) -> dict[str, Any]:
    """Return what the workflow's state hands on after a shift: its own answer inside what it was given."""
    answer = {
        "outcome": "live" if live else "under_way",
        "live": live,
        "strategy": strategy,
        "step": step,
        "steps": 3,
        "weight": weight,
        "champion": 2,
        "generation": 3 + step,
        "wait_s": 600,
    }
    return {"order": {"model": MODEL, "version": 3, "release_id": RELEASE_ID}, "shift": answer}


def judged(
    outcome: str, *reasons: str, calls: tuple[int, int] = (772, 40), wait_s: int = 0
) -> dict[str, Any]:
    champion, challenger = calls
    judgement = {
        "outcome": outcome,
        "reasons": list(reasons),
        "champion_calls": champion,
        "challenger_calls": challenger,
        "wait_s": wait_s,
    }
    return shifted(1, 5) | {"judgement": judgement}


def step_events(step: int, weight: int, began: float, judgement: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a step: shifted, watched for ten minutes, judged."""
    return [
        entered("Shift", began),
        left("Shift", began + 1, shifted(step, weight)),
        entered("IsLive", began + 1),
        left("IsLive", began + 1),
        entered("Bake", began + 1),
        left("Bake", began + 601),
        entered("Judge", began + 601),
        left("Judge", began + 603, judgement),
        entered("Verdict", began + 603),
        left("Verdict", began + 603),
    ]


CANARY = [
    entered("Preflight", 0),
    left("Preflight", 1),
    *step_events(1, 5, 1, judged("go_on", "version 3 answered 40 calls and is certainly worse in nothing")),
    *step_events(2, 25, 604, judged("go_on", "certainly worse in nothing", calls=(600, 205))),
    entered("Shift", 1210),
    left("Shift", 1211, shifted(3, 100, live=True)),
]
WORSE = "version 3 is certainly worse in answers: 0.81 apart, 0.2 allowed"
ROLLED_BACK = [
    *CANARY[:2],
    *step_events(1, 5, 1, judged("roll_back", WORSE)),
    entered("RollBack", 604),
    left("RollBack", 605, {"outcome": "rolled_back", "champion": 2}),
]
