"""The end of the story: what to type next."""

from __future__ import annotations

from pathlib import Path

from cli.demo.narrator import Narrator
from cli.local.server import CREDENTIALS
from cli.session import Session

_EVENT = "events/retrain-requested.json"


def show_next_steps(session: Session, tell: Narrator, *, model: str, folder: str) -> None:
    """Print commands that work when typed."""
    tell.heading("How to go on")
    tell.tell("The local cloud goes on running. Look around:")
    for arguments in (
        f"status {model}",
        f"versions {model}",
        f"show {model} 1",
        f"card {model} 1",
        f"lineage {model} 1",
        f"lineage {model} --file first.csv",
        f"audit log {model}",
        f"reproduce {model} 1",
        f"export {model} 1 {folder}/exported",
        f"data {model}",
        f"runs {model}",
        f"monitor {model} --list",
        f"drift {model}",
        f"why {model}",
        f"predict {model} {folder}/sample.csv",
        f"retrain {model} --force",
        "doctor",
        "--help",
    ):
        tell.command(arguments)
    tell.tell(
        "Drop data and send events with the plain AWS CLI, where it is installed. The same content again is"
    )
    tell.tell("recognised and starts nothing; the event trains once more:")
    for line in aws_lines(session, model=model, folder=folder):
        tell.shell(line)
    tell.tell("Your own data:")
    tell.shell("make demo DATA=file.csv TARGET=column")
    tell.tell("Stop it, its state kept; or forget everything:")
    tell.command("down")
    tell.command("reset --yes")


def aws_lines(session: Session, *, model: str, folder: str) -> list[str]:
    """Return the same in the AWS CLI's words."""
    target = session.target
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    setting = " ".join(f"{key}={CREDENTIALS[key]}" for key in keys)
    aws = f"aws --endpoint-url {target.endpoint}"
    key = f"s3://{target.output('InboxBucket')}/{model}/data/again.csv"
    return [
        f"export {setting}",
        f"{aws} s3 cp {folder}/first.csv {key}",
        f"{aws} events put-events --entries {_entries(target.output('EventBus'), model)}",
    ]


def _entries(bus: str, model: str) -> str:
    sample = Path(_EVENT)
    if sample.is_file() and f'\\"{model}\\"' in sample.read_text(encoding="utf-8"):
        return f"file://{_EVENT}"
    detail = f'{{\\"schema_version\\": 1, \\"model\\": \\"{model}\\", \\"force\\": true}}'
    return (
        f'\'[{{"EventBusName": "{bus}", "Source": "tideline", "DetailType": "RetrainRequested",'
        f' "Detail": "{detail}"}}]\''
    )
