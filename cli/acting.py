"""`--as NAME`: act as a user of the local cloud, so that one machine can play two people."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.errors import UsageFault
from cli.local.people import person
from cli.local.places import Places
from cli.session import Session

As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Act as this IAM user of the local cloud, made on first use; on AWS, use AWS_PROFILE.",
    ),
]


def acting(session: Session, name: str | None) -> Session:
    """Return the session of a user, or the one given where no name is.

    Raises:
        UsageFault: it is not the local cloud.
    """
    if name is None:
        return session
    if session.environment is not None or not session.target.is_local:
        raise UsageFault(
            "--as is for the local cloud; on AWS your credentials say who you are: set AWS_PROFILE"
        )
    target = session.target
    policies = [target.output("OperatorPolicy"), target.output("ApproverPolicy")]
    user = person(target.iam, Places().people, name, policies=policies)
    acted = target.signed_by(user.access_key_id, user.secret_access_key)
    return Session(environment=session.environment, as_json=session.json, target=acted)
