"""`tideline apply`: check a spec here, drop it, and show what it became."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from cli.errors import USAGE, CliError, UsageFault
from cli.inbox.answers import Answer, wait_for_answers
from cli.inbox.upload import Inbox
from cli.patience import Patience
from cli.session import Session
from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.contract.spec_notices import notices
from tideline.domain.contract.spec_text import read_spec
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.errors import SpecInvalid

EXAMPLES = ("tideline apply churn.yaml", "tideline apply churn.yaml --env prod --no-wait")


def apply(
    session: Session,
    file: Annotated[Path, typer.Argument(help="The spec.", metavar="FILE")],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Don't wait for the answer.")] = False,
) -> int:
    """Check a model.yaml, drop it into the inbox and show the version it became."""
    if not file.is_file():
        raise UsageFault(f"there is no file {file}")
    content = file.read_bytes()
    try:
        spec = check_spec(content)
    except SpecInvalid as invalid:
        return _show_faults(session, file, invalid)
    if no_wait:
        drop_spec(session, spec.model, content)
        _show_dropped(session, spec)
        return 0
    with session.waiting(f"Applying the spec of {spec.model}"):
        answer = apply_spec(session, spec.model, content)
    return _show_answer(session, spec, answer)


def check_spec(content: bytes) -> ModelSpec:
    """Return the spec that a text holds; raises `SpecInvalid` with every fault."""
    return read_spec(content, model=_named(content))


def drop_spec(session: Session, model: str, content: bytes) -> None:
    """Drop a spec and return at once."""
    _inbox(session).drop_bytes(content, keys.spec_key(model))


def apply_spec(session: Session, model: str, content: bytes, *, patience: Patience | None = None) -> Answer:
    """Drop a spec and return what became of it; raises `CliError` where no answer comes."""
    dropped = _inbox(session).drop_bytes(content, keys.spec_key(model))
    for answer in wait_for_answers(session.registry, model, [dropped], patience=patience or Patience(120.0)):
        return answer
    raise CliError("no answer came within two minutes: `tideline doctor` shows what is stuck")


def _inbox(session: Session) -> Inbox:
    return Inbox(session.target.s3, session.target.output("InboxBucket"))


def _named(content: bytes) -> str:
    """Return the model that a text names, as far as it can be read; the check says the rest."""
    try:
        node = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return ""
    if not isinstance(node, yaml.MappingNode):
        return ""
    return next((str(value.value) for key, value in node.value if key.value == "model"), "")


def _show_faults(session: Session, file: Path, invalid: SpecInvalid) -> int:
    if session.json:
        faults = [{"place": f.place, "line": f.line, "problem": f.problem} for f in invalid.faults]
        session.emit({"outcome": "invalid", "faults": faults})
        return USAGE
    number = len(invalid.faults)
    session.err.print(
        f"{file} was not dropped: {number} fault{'s' if number > 1 else ''}", style="red", highlight=False
    )
    for fault in invalid.faults:
        where = f"{file}:{fault.line}" if fault.line else str(file)
        place = f"{fault.place}: " if fault.place else ""
        session.err.print(f"  {where}: {place}{fault.problem}", markup=False, highlight=False, soft_wrap=True)
    return USAGE


def _show_dropped(session: Session, spec: ModelSpec) -> None:
    if session.json:
        session.emit({"model": spec.model, "outcome": "dropped"})
        return
    session.say(f"Dropped the spec of {spec.model}; `tideline status {spec.model}` shows what it becomes")


def _show_answer(session: Session, spec: ModelSpec, answer: Answer) -> int:
    receipt, version = answer.receipt, session.registry.specs.head(spec.model).version
    told = notices(spec)
    if session.json:
        session.emit(
            {
                "model": spec.model,
                "outcome": receipt.outcome.value,
                "spec_version": version,
                "message": receipt.message,
                "notices": list(told),
            }
        )
        return 1 if receipt.outcome is ObjectOutcome.QUARANTINED else 0
    if receipt.outcome is ObjectOutcome.QUARANTINED:
        raise CliError(f"the spec was rejected: {receipt.message}")
    if receipt.outcome is ObjectOutcome.SUPERSEDED:
        session.note("a newer model.yaml has been dropped meanwhile; this one does not count")
        return 0
    unchanged = ", as before" if receipt.outcome is ObjectOutcome.DUPLICATE else ""
    session.say(f"{spec.model}: spec version {version} is in force{unchanged}", style="green")
    for text in told:
        session.note(f"  note: {text}")
    if not session.registry.datasets.latest_version(spec.model):
        session.say(f"Next: tideline push {spec.model} FILE")
    return 0
