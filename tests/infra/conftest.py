"""Templates of every kind of deployment, synthesized once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from infra.app import build
from infra.platform import Platform
from tests.infra.resources import Resources

CONTEXTS = {
    "dev": {"env": "dev"},
    "prod": {"env": "prod"},
    "local": {"env": "dev", "target": "local"},
}


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
