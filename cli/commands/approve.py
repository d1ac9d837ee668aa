"""`tideline approve` and `tideline reject`: answer, as who you are, what a release asks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cli.acting import As, acting
from cli.api import ask
from cli.errors import CliError
from cli.session import Session
from cli.words import score
from tideline.domain.release.approval import BY_DATA, PublicApproval
from tideline.domain.release.version import ModelVersion
from tideline.errors import UnknownVersion

APPROVE_EXAMPLES = (
    "tideline approve churn 3 --comment 'looks right on every slice'",
    "tideline approve churn 3 --as bob",
)
REJECT_EXAMPLES = ("tideline reject churn 3 --comment 'unfair to the young'",)

Model = Annotated[str, typer.Argument(metavar="MODEL")]
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1)]
Comment = Annotated[str, typer.Option(help="Why, for the record.")]


def approve(
    session: Session, model: Model, version: Version, comment: Comment = "", as_user: As = None
) -> None:
    """Let a version go live that awaits approval; not for those who asked for it."""
    _answer(acting(session, as_user), model, version, decision="approve", comment=comment)


def reject(
    session: Session, model: Model, version: Version, comment: Comment = "", as_user: As = None
) -> None:
    """Keep a version that awaits approval from going live, for good; not for those who asked for it."""
    _answer(acting(session, as_user), model, version, decision="reject", comment=comment)


def _answer(
    session: Session, model: str, number: int, *, decision: Literal["approve", "reject"], comment: str
) -> None:
    session.registry.spec(model)
    version, asked = _question(session, model, number)
    if not session.json:
        _show(session, version, asked)
    body = {
        "decision": decision,
        "comment": comment,
        # What was shown is what is answered: should it have changed since, the answer is refused.
        "artifact_sha256": asked.artifact_sha256,
        "report_sha256": asked.report_sha256,
    }
    path = f"/models/{model}/versions/{number}/approval"
    _tell(session, model, number, ask(session.target, path, body))


def _question(session: Session, model: str, number: int) -> tuple[ModelVersion, PublicApproval]:
    registry = session.registry
    try:
        version = registry.versions.load(model, number)
    except UnknownVersion as exc:
        raise CliError(f"{exc.message}: `tideline versions {model}` lists them") from exc
    approval = registry.approvals.load(model, number)
    if approval is None:
        raise CliError(f"version {number} of {model} is {version.state} and awaits no approval")
    return version, approval.public()


def _show(session: Session, version: ModelVersion, asked: PublicApproval) -> None:
    given = version.evaluation
    beside = "" if given.champion is None else f", the live one {score(given.champion)}"
    session.facts(
        {
            "version": f"{version.model} {version.number}, {version.state}",
            "verdict": "\n".join([given.verdict, *given.reasons]),
            given.metric: f"{score(given.candidate)}{beside}",
            "asked by": ", ".join(asked.requesters) or BY_DATA,
            "until": f"{asked.expires_at:%Y-%m-%d %H:%M} UTC",
            "artifact": asked.artifact_sha256,
            "report": asked.report_sha256,
        }
    )


def _tell(session: Session, model: str, number: int, document: dict[str, Any]) -> None:
    if session.json:
        session.emit({"model": model, **document})
        return
    decision = document["decision"]
    if decision["decision"] == "approve":
        session.say(f"Approved by {decision['approver']}: version {number} goes live now", style="green")
        session.say(f"See it: tideline status {model}")
        return
    session.say(f"Rejected by {decision['approver']}: version {number} stays out", style="yellow")
