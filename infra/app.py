"""Entry point of the CDK command line: one stack, named by `-c env=NAME`."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk

from infra.platform import Platform
from infra.settings import read_settings
from infra.target import choose

ROOT = Path(__file__).parent.parent
_KEYS = ("env", "target", "python", "arch", "bundling")
_API_KEYS = ("auth", "issuer", "audience", "cors", "throttle", "concurrency")
_ALERT_KEYS = ("alert_emails", "alert_webhook_secret", "alarms")


def build(app: cdk.App) -> Platform:
    """Add the stack that the app's context asks for."""
    context = {key: app.node.try_get_context(key) for key in (*_KEYS, *_API_KEYS, *_ALERT_KEYS)}
    settings = read_settings({key: str(value) for key, value in context.items() if value})
    return Platform(app, settings=settings, target=choose(settings, root=ROOT), root=ROOT)


if __name__ == "__main__":
    application = cdk.App()
    build(application)
    application.synth()
