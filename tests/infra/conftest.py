"""Templates of every kind of deployment, synthesized once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from infra.app import build
from infra.platform import Platform
from tests.infra.resources import Resources

HERE = Path(__file__).parent
CONTEXTS = {
    "dev": {"env": "dev"},
    "prod": {
        "env": "prod",
        "alert_emails": "ops@example.com",
        "alert_webhook_secret": "/tideline/prod/webhook",
        "alarms": "all",
    },
    "local": {"env": "dev", "target": "local"},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one worker: each synthesis takes seconds, and they share three."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("infra"))


@cache
def synthesized(deployment: str) -> dict[str, Any]:
    app = cdk.App(context={**CONTEXTS[deployment], "bundling": "skip"})
    stack: Platform = build(app)
    return dict(Template.from_stack(stack).to_json())


@pytest.fixture
def resources_of() -> Callable[[str], Resources]:
    return lambda deployment: Resources(synthesized(deployment))


@pytest.fixture(params=list(CONTEXTS))
def resources(request: pytest.FixtureRequest) -> Resources:
    return Resources(synthesized(request.param))
