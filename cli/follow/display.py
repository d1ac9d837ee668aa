"""Show updates: as they happen on a terminal, a line a stage elsewhere, or as JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape

from cli.follow.outcome import Ending, Outcome
from cli.follow.updates import Ended, Judged, RunFound, StageBegan, StageEnded, TrialsMoved, Update
from cli.session import Session
from cli.spinner import Line
from cli.words import duration, score

_STYLES = {Ending.LIVE: "bold green", Ending.FAILED: "bold red"}
_VERDICTS = {"PROMOTE": "green", "INCONCLUSIVE": "yellow", "REJECT": "red"}
_NAMES = 10


def show(session: Session, updates: Iterable[Update]) -> Outcome | None:
    """Show updates as they come and return the outcome, if they come to one."""
    if session.json:
        return _show_json(session, updates)
    with session.waiting("waiting for the first stage") as line:
        return _show_lines(session, updates, line)


def _show_json(session: Session, updates: Iterable[Update]) -> Outcome | None:
    outcome = None
    for update in updates:
        line = update.to_json()
        if line is not None:
            session.emit_line(line)
        if isinstance(update, Ended):
            outcome = update.outcome
    return outcome


def _show_lines(session: Session, updates: Iterable[Update], line: Line) -> Outcome | None:
    for update in updates:
        match update:
            case RunFound(run):
                session.say(
                    f"Run {run.order.run_id}: data set version {run.order.dataset_version},"
                    f" spec version {run.order.spec_version}, by {run.trigger}"
                )
            case StageBegan(stage):
                line.update(stage.title)
            case TrialsMoved(done, total, best):
                line.update(f"trials: {done} of {total or '?'}, best score {score(best)}")
            case StageEnded(stage, detail):
                took = duration(stage.seconds or 0.0)
                session.out.print(
                    f"  {stage.title:<{_NAMES}} {took:>8}  {escape(detail)}".rstrip(), highlight=False
                )
                line.update("releasing" if stage.name == "Register" else "waiting for the next stage")
            case Judged(evaluation):
                session.say(
                    f"  {'verdict':<{_NAMES}} {evaluation.verdict}", style=_VERDICTS.get(evaluation.verdict)
                )
                for reason in evaluation.reasons:
                    session.say(reason, indent=4)
            case Ended(_, outcome):
                session.say(_sentence(outcome.message), style=_STYLES.get(outcome.ending, "yellow"))
                return outcome
            case _:
                pass
    return None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
